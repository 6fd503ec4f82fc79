"""Ways to damage a file: bytes, text, the inside of what is compressed or archived, and the values that it holds."""

import bz2
import gzip
import io
import random
import re
import zipfile
from collections.abc import Callable, Sequence

from tests.attacks.values import revalued

EXTREMES = [
    *(value.to_bytes(8, "little", signed=True) for value in (2**62, -1, -(2**63), 2**31 - 1, 2**40, 0)),
    *(b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", b"\xff", b"\x00", b"[" * 5_000, b'{"a":' * 2_000, b"\n" * 3),
    *(b"1e999", b"NaN", b"-Infinity", b"9" * 5_000, b"1_0", b'"' + b"x" * 2_000_000 + b'"', b"\xef\xbb\xbf"),
]
HEADERS = [
    *(
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"\x89HDF\r\n\x1a\n",
        b"\x93NUMPY\x01\x00",
        b"\x93NUMPY\x03\x00",
        b"BZh9",
        b"\x1f\x8b",
    ),
    *(
        b"\xfd7zXZ\x00",
        b"\x80\x04\x95",
        b"r\xff\xff\xff\x7f",
        b"p2147483646\n",
        b"\x8e" + b"\xff" * 8,
        b"cos\nsystem\n",
    ),
]
VALUES = [
    "null",
    "true",
    "[]",
    "{}",
    '"x"',
    "-1",
    "1e400",
    "4611686018427387904",
    '"../../x"',
    "[[1]]",
    "9" * 400,
    '""',
]
TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null|[\[\]{}:,]')


def flip(content: bytearray, rng: random.Random) -> bytes:
    """Change one to thirty-two bytes, half of the time among the first 512."""
    last = len(content) if rng.random() < 0.5 else min(len(content), 512)
    for _ in range(rng.choice((1, 1, 2, 4, 32))):
        content[rng.randrange(last)] ^= 1 << rng.randrange(8) if rng.random() < 0.7 else rng.randrange(1, 256)
    return bytes(content)


def truncate(content: bytearray, rng: random.Random) -> bytes:
    """Keep the beginning, the end, or all but a part of the middle."""
    first, second = sorted(rng.randrange(len(content) + 1) for _ in range(2))
    kept = (content[:first], content[first:], content[:first] + content[second:])
    return bytes(rng.choice(kept))


def splice(content: bytearray, rng: random.Random) -> bytes:
    """Write an extreme value or the header of another format over some bytes, or between them."""
    part = rng.choice(EXTREMES if rng.random() < 0.6 else HEADERS)
    place = rng.choice((0, rng.randrange(len(content) + 1), rng.randrange(len(content) + 1)))
    return bytes(content[:place] + part + content[place + (len(part) if rng.random() < 0.7 else 0) :])


def repeat(content: bytearray, rng: random.Random) -> bytes:
    """Repeat a part of the file, up to a hundred times."""
    first, second = sorted(rng.randrange(len(content) + 1) for _ in range(2))
    times = 100 if second - first < 1_000 else 3
    return bytes(content[:second] + content[first:second] * rng.randrange(1, times) + content[second:])


def retype(content: bytearray, rng: random.Random) -> bytes:
    """Put another value in the place of a number, a text or a bracket."""
    tokens = list(TOKEN.finditer(bytes(content[:100_000])))
    if not tokens:
        return flip(content, rng)
    token = rng.choice(tokens)
    return bytes(content[: token.start()]) + rng.choice(VALUES).encode() + bytes(content[token.end() :])


WAYS: Sequence[Callable[[bytearray, random.Random], bytes]] = (flip, flip, truncate, splice, repeat, retype)


def damaged(content: bytes, rng: random.Random) -> bytes:
    """Return a damaged copy: wrong values, the inside of what is compressed (its checksums then fit), or bytes."""
    if rng.random() < 0.3 and (wrong := revalued(content, rng)) is not None:
        return wrong
    if rng.random() < 0.5 and (inside := _inside(content, rng)) is not None:
        return inside
    return rng.choice(WAYS)(bytearray(content or b"\n"), rng)


def _inside(content: bytes, rng: random.Random) -> bytes | None:
    if content.startswith(b"BZh"):
        return bz2.compress(rng.choice(WAYS)(bytearray(bz2.decompress(content)), rng), 1)
    if content.startswith(b"\x1f\x8b"):
        return gzip.compress(rng.choice(WAYS)(bytearray(gzip.decompress(content)), rng), 1)
    if not content.startswith(b"PK"):
        return None
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = [(entry, archive.read(entry)) for entry in archive.infolist()]
    chosen = rng.randrange(len(entries))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, (entry, plain) in enumerate(entries):
            changed = rng.choice(WAYS)(bytearray(plain or b"\n"), rng) if number == chosen else plain
            archive.writestr(entry.filename, changed, entry.compress_type)
    return packed.getvalue()
