"""The bytes of a text file, compressed or not, and the ending that says its format."""

import gzip
import zlib
from pathlib import Path

from bench.errors import DataError
from bench.files import remedy_of_reading

GZIP = b"\x1f\x8b"
"""The first bytes of every file that gzip wrote."""
MOST_BYTES = 50_000_000
"""Limit of a file after decompression, so that a small file cannot fill the memory."""


def ending(path: Path) -> str:
    """Return the ending of a name in lower case, without .gz.

    >>> ending(Path("a/Mine.CSV.gz")), ending(Path("part.1.json")), ending(Path("none"))
    ('.csv', '.json', '')
    """
    return Path(path.name.lower().removesuffix(".gz")).suffix


def plain_name(path: Path) -> str:
    """Return the name of a file without its endings.

    >>> plain_name(Path("a/mine.csv.gz")), plain_name(Path("part.1.json"))
    ('mine', 'part.1')
    """
    return Path(path.stem).stem if path.suffix.lower() == ".gz" else path.stem


def read_bytes(path: Path) -> bytes:
    """Return the content, decompressed if gzip wrote it.

    Raises `DataError` for a file that cannot be opened, is truncated, or has more than `MOST_BYTES` when decompressed.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(len(GZIP)) == GZIP
            file.seek(0)
            if not packed:
                return file.read()
            with gzip.GzipFile(fileobj=file) as unpacked:
                content = unpacked.read(MOST_BYTES + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path} cannot be decompressed (truncated?): {error}; copy or write it again") from error
    except OSError as error:
        remedy = remedy_of_reading(path, error, "give a file" if path.is_dir() else "check its permissions")
        raise DataError(f"{path} cannot be read ({error.strerror or error}); {remedy}") from error
    if len(content) > MOST_BYTES:
        raise DataError(
            f"{path} has more than {MOST_BYTES:,} bytes when decompressed; split it, or drop the columns that are not "
            "needed"
        )
    return content
