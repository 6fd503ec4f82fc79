"""Limits on what a file may expand to, so that a small file cannot fill the memory."""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.errors import DataError

FREE = 2**26
"""Bytes that any file may expand to."""
RATIO = 16
"""Bytes that each byte of a larger file may expand to."""
DICTIONARY = 2**27
"""Bytes that an xz decompressor may need besides; the strongest preset needs half of that."""
UNPICKLED = 2**30
"""Bytes of memory that unpickling one file may take."""
STATUS = Path("/proc/self/statm")

STARTS: dict[str, tuple[bytes, Callable[[], Any]]] = {
    "bz2": (b"BZh", bz2.BZ2Decompressor),
    "gz": (b"\x1f\x8b", lambda: zlib.decompressobj(wbits=31)),
    "xz": (b"\xfd7zXZ\x00", lambda: lzma.LZMADecompressor(memlimit=DICTIONARY)),
}
"""First bytes and decompressor of each kind of compressed file."""


def most_bytes(on_disk: int) -> int:
    """Return the number of bytes to which a file of `on_disk` bytes may expand.

    >>> most_bytes(4_000), most_bytes(10_000_000)
    (67108864, 160000000)
    """
    return max(FREE, RATIO * on_disk)


def decompress(content: bytes, kind: str, path: Path) -> bytes:
    """Return the plain bytes of a `bz2`, `gz` or `xz` file, which may be several compressed parts in a row.

    Raises `DataError` if they are damaged, truncated, or more than `most_bytes`; no more than that is ever in memory.
    """
    limit, plain, rest = most_bytes(len(content)), bytearray(), content
    try:
        while rest:
            part = STARTS[kind][1]()
            plain += part.decompress(rest, limit + 1 - len(plain))
            if len(plain) > limit:
                raise DataError(
                    f"{path} expands to more than {limit:,} bytes from {len(content):,}, as no published table does; "
                    "decompress it by hand if you trust it, or get it again"
                )
            if not part.eof:
                raise EOFError("it ends in the middle")
            rest = part.unused_data.lstrip(b"\0")  # gzip allows zeros at the end
    except (OSError, ValueError, EOFError, zlib.error, lzma.LZMAError, MemoryError) as error:
        raise DataError(f"{path} is not complete {kind} data (truncated?): {error}; copy the file again") from error
    return bytes(plain)


@contextmanager
def memory_limit(more: int = UNPICKLED) -> Iterator[None]:
    """Inside, the process may take `more` bytes of address space than now; beyond, Python raises `MemoryError`.

    A platform without Linux's /proc has no such limit.
    """
    try:
        import resource

        now = int(STATUS.read_text().split()[0]) * resource.getpagesize()
    except (ImportError, OSError, ValueError):
        yield
        return
    before = soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = [limit for limit in (soft, hard, now + more) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min(wanted), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
