"""Rows of a CSV file with their lines, and what is wrong with it in its own words."""

import math

import pytest

from bench.errors import DataError
from bench.tables.csv_file import number, read_csv, require


@pytest.fixture
def write(tmp_path):
    def to_file(content):
        path = tmp_path / "t.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return to_file


def test_every_row_knows_its_line_and_its_cells_by_column(write):
    columns, rows = read_csv(write("a,b\n1,2\n3,4\n"))
    assert columns == ["a", "b"]
    assert rows == [("line 2", {"a": "1", "b": "2"}), ("line 3", {"a": "3", "b": "4"})]


def test_blank_lines_are_no_rows_but_count_as_lines(write):
    assert read_csv(write("a\n\n1\n\n\n2"))[1] == [("line 3", {"a": "1"}), ("line 6", {"a": "2"})]


def test_a_quoted_cell_may_hold_commas_and_ends_of_lines(write):
    assert read_csv(write('a,b\n"1,5","x\r\ny"\n3,4\n'))[1] == [
        ("line 3", {"a": "1,5", "b": "x\r\ny"}),
        ("line 4", {"a": "3", "b": "4"}),
    ]


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfa,b\r\n1,2\r\n", b"a,b\r1,2"], ids=["Windows", "old Mac"])
def test_a_byte_order_mark_and_other_ends_of_lines_are_not_part_of_a_cell(write, content):
    assert read_csv(write(content)) == (["a", "b"], [("line 2", {"a": "1", "b": "2"})])


def test_a_header_alone_has_no_rows(write):
    assert read_csv(write("a,b\n")) == (["a", "b"], [])


@pytest.mark.parametrize("content", ["", "\n", "\n1,2\n"])
def test_a_file_without_a_header_is_named(write, content):
    with pytest.raises(DataError, match=r"t\.csv is empty; its first line must name the columns"):
        read_csv(write(content))


@pytest.mark.parametrize(("row", "cells"), [("1", 1), ("1,2,3", 3)])
def test_a_row_of_another_length_names_its_line(write, row, cells):
    told = rf"t\.csv, line 3: {cells} cells, but the header names 2 columns; correct the row"
    with pytest.raises(DataError, match=told):
        read_csv(write(f"a,b\n1,2\n{row}\n"))


@pytest.mark.parametrize(
    "content",
    [b"a,b\n1,\xff\n", b'a,b\n1,"2\n', b'a,b\n1,"2"3\n', b"a\n" + b"1" * 200_000],
    ids=["not UTF-8", "an open quote", "text after a quote", "a huge cell"],
)
def test_what_is_no_csv_is_named(write, content):
    with pytest.raises(DataError, match=r"t\.csv cannot be read as CSV: .*; save it as comma-separated UTF-8 text"):
        read_csv(write(content))


def test_columns_that_are_there_are_enough(tmp_path):
    require(["x", "b", "a", "x"], ["a", "b"], tmp_path)


def test_an_absent_column_is_named_with_those_there_and_those_needed(tmp_path):
    with pytest.raises(DataError) as caught:
        require(["a", "acc"], ["a", "b", "c"], tmp_path / "t.csv")
    expected = (
        "t.csv has no column 'b'; it has a, acc, expected a, b, c; "
        "rename the columns (a file of predictions is scored by 'supernet-bench score')"
    )
    assert str(caught.value).endswith(expected)


def test_a_needed_column_that_stands_twice_is_named(tmp_path):
    with pytest.raises(DataError, match=r"t\.csv has 2 columns 'b'; keep one of them"):
        require(["a", "b", "b"], ["a", "b"], tmp_path / "t.csv")


@pytest.mark.parametrize(("cell", "expected"), [("90.5", 90.5), (" 7 ", 7), ("1e2", 100), ("-inf", -math.inf)])
def test_a_cell_is_a_number(tmp_path, cell, expected):
    assert number(("line 2", {"a": cell}), "a", tmp_path) == expected


@pytest.mark.parametrize("cell", ["", "  ", "nan"])
def test_an_empty_cell_is_nan(tmp_path, cell):
    assert math.isnan(number(("line 2", {"a": cell}), "a", tmp_path))


@pytest.mark.parametrize("cell", ["high", "90,5", "9 0", "0x10", "9_0", "٩٠", "1e1_0"])
def test_a_cell_that_is_no_number_names_line_column_and_text(tmp_path, cell):
    with pytest.raises(DataError) as caught:
        number(("line 9", {"a": f" {cell} "}), "a", tmp_path / "t.csv")
    assert str(caught.value).endswith(f"t.csv, line 9: a is '{cell}', not a number; correct the cell")
