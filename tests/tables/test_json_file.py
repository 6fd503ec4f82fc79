"""Entries, their parts and numbers of a JSON object, and what is wrong with it in its own words."""

import json

import pytest

from bench.errors import DataError
from bench.tables.json_file import number, part, read_json


@pytest.fixture
def write(tmp_path):
    def to_file(content):
        path = tmp_path / "t.json"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    return to_file


def test_entries_come_in_the_order_of_the_file(write):
    assert read_json(write({"b": {"x": 1, "y": [2]}, "a": {}})) == [("b", {"x": 1, "y": [2]}), ("a", {})]


def test_both_of_two_equal_keys_are_there(write):
    assert read_json(write(b'{"a": {"x": 1}, "a": {"x": 2}}')) == [("a", {"x": 1}), ("a", {"x": 2})]


def test_a_part_that_stands_twice_is_named(write):
    with pytest.raises(DataError, match=r"t\.json, key 'a': 'x' occurs twice; copy the file again"):
        read_json(write(b'{"a": {"x": 1, "y": 0, "x": 2}}'))


@pytest.mark.parametrize(
    "content",
    [b'{"a": {"x"', b"\xff\xfe\xfd", b"", b'{"a": ' + b"9" * 5000 + b"}", b"[" * 100_000],
    ids=["truncated", "binary", "empty", "a number of 5,000 digits", "nested too deeply"],
)
def test_what_cannot_be_parsed_is_named(write, content):
    with pytest.raises(DataError, match=r"t\.json cannot be read as JSON \(truncated\?\): .*; copy or write it again"):
        read_json(write(content))


@pytest.mark.parametrize("content", [[{"x": 1}], 3, None])
def test_a_file_without_an_object_is_named(write, content):
    with pytest.raises(DataError, match=r"t\.json holds a \w+; expected .*\{architecture: \{\.\.\.\}\}"):
        read_json(write(content))


@pytest.mark.parametrize("entry", [3, "x", None, [1]], ids=str)
def test_an_entry_that_is_no_object_names_the_key(write, entry):
    with pytest.raises(DataError) as caught:
        read_json(write({"a": {}, "b": entry}))
    expected = f"t.json, key 'b': expected an object, got {json.dumps(entry)}; copy the file again"
    assert str(caught.value).endswith(expected)


def test_a_part_is_what_the_entry_holds(tmp_path):
    assert part(("a", {"x": [1, None]}), "x", tmp_path) == [1, None]


def test_an_absent_part_is_named_with_those_there(tmp_path):
    with pytest.raises(DataError, match=r"key 'a': no 'z'; it has x, y; copy the file again"):
        part(("a", {"x": 1, "y": 2}), "z", tmp_path)


@pytest.mark.parametrize(("value", "expected"), [(3, 3.0), (0.5, 0.5), (-1e3, -1000.0)])
def test_a_number_is_a_float(tmp_path, value, expected):
    found = number(("a", {}), "x", value, tmp_path)
    assert (found, type(found)) == (expected, float)


@pytest.mark.parametrize("value", ["0.5", None, True, [1.0]], ids=str)
def test_what_is_no_number_is_named_with_key_and_part(tmp_path, value):
    with pytest.raises(DataError) as caught:
        number(("a", {}), "x", value, tmp_path / "t.json")
    expected = f"t.json, key 'a': x holds {json.dumps(value)}, not a number; copy the file again"
    assert str(caught.value).endswith(expected)


def test_a_whole_number_beyond_all_floats_is_no_number(tmp_path):
    with pytest.raises(DataError, match=r"key 'a': x holds 10+ \.\.\. \(401 characters\) \.\.\. 0+, not a number"):
        number(("a", {}), "x", 10**400, tmp_path)
