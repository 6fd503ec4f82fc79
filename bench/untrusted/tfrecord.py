"""TFRecord files without TensorFlow: records of bytes, each with two masked CRC-32C checksums.

Source: TensorFlow's documentation of the format (length, checksum of the length, data, checksum of the data).
"""

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import UInt32

from bench.errors import DataError

LONGEST = 2**16
"""Bytes of a record; the benchmarks' have hundreds."""
POLYNOMIAL, ONES, MASK = 0x82F63B78, 0xFFFFFFFF, 0xA282EAD8


def records(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the number of each record, counted from 1, and its data.

    Raises `DataError` naming the record where the file is truncated, a checksum is wrong, or a record is too long.
    """
    checksums, number = Checksums(), 0
    with path.open("rb") as file:
        while head := file.read(12):
            number += 1
            where = f"{path}, record {number}"
            if len(head) < 12:
                raise DataError(f"{where}: the file ends within its head; copy the file again")
            length, expected = struct.unpack("<QI", head)
            if checksums.masked(head[:8]) != expected:
                raise DataError(f"{where}: the checksum of its length is wrong, so the file is damaged; copy it again")
            if length > LONGEST:
                raise DataError(f"{where} has {length:,} bytes; allowed: at most {LONGEST:,}; copy the file again")
            data, tail = file.read(length), file.read(4)
            if len(tail) < 4:
                raise DataError(f"{where}: the file ends within its {length:,} bytes; copy the file again")
            if checksums.masked(data) != struct.unpack("<I", tail)[0]:
                raise DataError(f"{where}: the checksum of its data is wrong, so the file is damaged; copy it again")
            yield number, data


class Checksums:
    """CRC-32C of byte strings, by tables of what a byte adds at each distance from the end.

    >>> hex(Checksums().crc(b"123456789"))
    '0xe3069283'
    """

    def __init__(self) -> None:
        table = np.arange(256, dtype=np.uint32)
        for _ in range(8):
            table = np.where(table & 1, (table >> 1) ^ np.uint32(POLYNOMIAL), table >> 1).astype(np.uint32)
        self._tables: UInt32[np.ndarray, "distance byte"] = table[None]

    def crc(self, data: bytes) -> int:
        """Return the CRC-32C of a byte string of at most `LONGEST` bytes."""
        if len(data) < 4:
            return self._short(data)
        values = np.frombuffer(data, dtype=np.uint8).copy()
        values[:4] ^= 0xFF  # the register starts with ones
        self._grow(len(data))
        from_end = np.arange(len(data) - 1, -1, -1)
        return int(np.bitwise_xor.reduce(self._tables[from_end, values])) ^ ONES

    def _short(self, data: bytes) -> int:
        register = ONES
        for byte in data:
            register = int(self._tables[0, (register ^ byte) & 0xFF]) ^ (register >> 8)
        return register ^ ONES

    def _grow(self, count: int) -> None:
        """Make tables for `count` distances, twice as many as needed."""
        known = len(self._tables)
        if count <= known:
            return
        tables = np.empty((2 * count, 256), dtype=np.uint32)
        tables[:known] = self._tables
        for distance in range(known, len(tables)):
            last = tables[distance - 1]
            tables[distance] = tables[0, last & 0xFF] ^ (last >> 8)
        self._tables = tables

    def masked(self, data: bytes) -> int:
        """Return the checksum as the format stores it: rotated and shifted."""
        crc = self.crc(data)
        return ((crc >> 15 | crc << 17) + MASK) & ONES
