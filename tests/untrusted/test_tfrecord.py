"""TFRecord files and protocol buffers are read without TensorFlow, and damage is named."""

import struct

import pytest

from bench.errors import DataError
from bench.untrusted.protobuf import double, fields
from bench.untrusted.tfrecord import LONGEST, Checksums, records
from tests.attacks.targets import framed


def bit_by_bit(data):
    """Return the CRC-32C by its definition."""
    register = 0xFFFFFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = (register >> 1) ^ (0x82F63B78 if register & 1 else 0)
    return register ^ 0xFFFFFFFF


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 8, 9, 100, 1_000])
def test_the_checksum_is_that_of_its_definition(count):
    data = bytes(7 * place % 256 for place in range(count))
    assert Checksums().crc(data) == bit_by_bit(data)


def test_records_come_back_in_order(tmp_path):
    path = tmp_path / "some.tfrecord"
    path.write_bytes(framed(b"first") + framed(b"") + framed(b"x" * 5_000))
    assert list(records(path)) == [(1, b"first"), (2, b""), (3, b"x" * 5_000)]


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda whole: whole[:20], r"record 1: the file ends within its 5 bytes; copy the file again"),
        (lambda whole: whole[:-30] + whole[-26:], r"record 2: the checksum of its length is wrong"),
        (lambda whole: whole[:26], r"record 2: the file ends within its head"),
        (lambda whole: whole[:13] + b"?" + whole[14:], r"record 1: the checksum of its data is wrong, so the file is"),
        (lambda whole: b"\0" * 12 + whole, r"record 1: the checksum of its length is wrong"),
    ],
)
def test_damage_names_the_record(tmp_path, damage, told):
    path = tmp_path / "some.tfrecord"
    path.write_bytes(damage(framed(b"first") + framed(b"second, longer than 10")))
    with pytest.raises(DataError, match=told):
        list(records(path))


def test_a_record_that_would_fill_the_memory_is_refused(tmp_path):
    path, head = tmp_path / "some.tfrecord", struct.pack("<Q", LONGEST + 1)
    path.write_bytes(head + struct.pack("<I", Checksums().masked(head)))
    with pytest.raises(DataError, match=r"record 1 has 65,537 bytes; allowed: at most 65,536"):
        list(records(path))


def test_fields_of_every_kind_are_read():
    message = bytes([1 << 3 | 1]) + struct.pack("<d", 2.5) + bytes([2 << 3 | 5, 1, 2, 3, 4, 3 << 3, 0xAC, 2])
    found = list(fields(message))
    assert found == [(1, struct.pack("<d", 2.5)), (2, bytes([1, 2, 3, 4])), (3, 300)]
    assert double(found[0][1]) == 2.5


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (bytes([0x80]), "ends within a number"),
        (bytes([8, *[0x80] * 10]), "a number has more than ten bytes"),
        (bytes([2 << 3 | 2, 100, 1]), "field 2 of 100 bytes ends beyond the message"),
        (bytes([1 << 3 | 1, 1, 2]), "field 1 of 8 bytes ends beyond the message"),
        (bytes([1 << 3 | 3]), "field 1 has the wire type 3"),
    ],
)
def test_a_damaged_message_is_refused(message, told):
    with pytest.raises(ValueError, match=told):
        list(fields(message))
    with pytest.raises(ValueError, match="is not a number of 8 bytes"):
        double(3)
