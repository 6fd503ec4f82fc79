"""The fields of a protocol buffer message, without its schema.

Source: the documentation of the wire format (varints, 64-bit, length-delimited and 32-bit fields).
"""

import struct
from collections.abc import Iterator

VARINT, EIGHT_BYTES, DELIMITED, FOUR_BYTES = 0, 1, 2, 5
FIXED = {EIGHT_BYTES: 8, FOUR_BYTES: 4}
MOST_BITS = 64


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield the number and the value of each field: a whole number for a varint, else its bytes.

    Raises `ValueError` where the message is damaged.

    >>> list(fields(bytes([8, 150, 1, 18, 2, 104, 105])))
    [(1, 150), (2, b'hi')]
    """
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        kind = tag & 7
        if kind == VARINT:
            value, place = _varint(message, place)
            yield tag >> 3, value
            continue
        if kind == DELIMITED:
            length, place = _varint(message, place)
        elif kind in FIXED:
            length = FIXED[kind]
        else:
            raise ValueError(f"field {tag >> 3} has the wire type {kind}, which messages do not use")
        if place + length > len(message):
            raise ValueError(f"field {tag >> 3} of {length:,} bytes ends beyond the message")
        yield tag >> 3, message[place : place + length]
        place += length


def double(value: int | bytes) -> float:
    """Return the value of a 64-bit field as a floating-point number; raises `ValueError` for another field."""
    if isinstance(value, int) or len(value) != FIXED[EIGHT_BYTES]:
        raise ValueError(f"{value!r:.40} is not a number of 8 bytes")
    return float(struct.unpack("<d", value)[0])


def _varint(message: bytes, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, MOST_BITS, 7):
        if place >= len(message):
            raise ValueError("the message ends within a number")
        byte = message[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise ValueError("a number has more than ten bytes")
