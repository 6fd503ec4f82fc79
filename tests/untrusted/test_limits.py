"""A small file cannot fill the memory."""

import bz2
import gzip
import lzma
import pickle
from pathlib import Path

import pytest

from bench.errors import DataError
from bench.tables.safe_pickle import safe_loads
from bench.untrusted import limits
from bench.untrusted.limits import decompress, memory_limit

WRITERS = {"bz2": bz2.compress, "gz": gzip.compress, "xz": lzma.compress}
PATH = Path("a.file")


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(limits, "FREE", 2**20)


@pytest.mark.parametrize("kind", WRITERS)
def test_what_was_compressed_comes_back_in_one_part_or_two(kind):
    packed = WRITERS[kind]
    assert decompress(packed(b"a" * 1000), kind, PATH) == b"a" * 1000
    assert decompress(packed(b"one") + packed(b"two"), kind, PATH) == b"onetwo"


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("parts", [1, 3])
def test_a_bomb_is_refused_with_both_sizes(kind, parts):
    bomb = WRITERS[kind](bytes(2**21 // parts)) * parts
    assert len(bomb) < 10_000
    with pytest.raises(DataError, match=rf"a.file expands to more than 1,048,576 bytes from {len(bomb):,}"):
        decompress(bomb, kind, PATH)


@pytest.mark.parametrize("kind", WRITERS)
def test_truncated_and_foreign_data_are_named(kind):
    packed = WRITERS[kind](bytes(range(256)) * 10)
    for wrong in (packed[:-3], packed[:20], b"something else", packed + b"rest"):
        with pytest.raises(DataError, match=rf"a.file is not complete {kind} data .*copy the file again"):
            decompress(wrong, kind, PATH)


BOMBS = [b"\x80\x04Nr\xff\xff\xff\x7f.", b"\x80\x04Np2147483646\n.", b"\x80\x04\x8e" + b"\xff" * 8]


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_pickle_of_ten_bytes_takes_no_gigabytes(bomb):
    with pytest.raises(DataError, match=r"a.file is not a complete pickle"):
        safe_loads(bomb, PATH)


def test_a_good_pickle_is_read_within_its_limit():
    with memory_limit(2**28):
        assert safe_loads(pickle.dumps({"a": [1, 2]}), PATH) == {"a": [1, 2]}


def test_more_memory_than_allowed_is_an_error_and_the_limit_goes_away():
    with pytest.raises(MemoryError), memory_limit(2**26):
        bytearray(2**28)
    assert len(bytearray(2**28)) == 2**28
