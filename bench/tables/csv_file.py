"""The rows of a file separated by commas, semicolons or tabs, with their line numbers, and the numbers in them."""

import csv
import io
import math
import re
from collections.abc import Sequence
from pathlib import Path

from bench.errors import DataError, shown
from bench.tables.text_file import read_bytes

DELIMITERS = ",;\t"

CsvLine = tuple[str, dict[str, str]]
"""The location of a row in the file ("line 17"), and its cells by column."""
NUMBER = re.compile(r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|nan|inf|infinity)", re.IGNORECASE)


def read_csv(path: Path) -> tuple[list[str], list[CsvLine]]:
    """Return the columns and the rows; raises `DataError` for a missing header, a ragged row, or invalid CSV.

    The cells are separated by what separates the names in the first line: commas, semicolons or tabs.
    """
    try:
        text = read_bytes(path).decode("utf-8-sig")
        lines = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=_delimiter(text))
        columns = next(lines, [])
        if not columns:
            raise DataError(f"{path} is empty; its first line must name the columns")
        rows: list[CsvLine] = []
        for cells in lines:
            if not cells:
                continue
            if len(cells) != len(columns):
                raise DataError(
                    f"{path}, line {lines.line_num}: {len(cells)} cells, but the header names {len(columns)} "
                    "columns; correct the row"
                )
            rows.append((f"line {lines.line_num}", dict(zip(columns, cells, strict=True))))
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as CSV: {error}; save it as comma-separated UTF-8 text") from error
    return columns, rows


def _delimiter(text: str) -> str:
    """Return what separates the names in the first line; a comma if it has one name.

    >>> _delimiter("arch;score\\n1,2;3"), _delimiter('"a;b",c\\n'), _delimiter("arch")
    (';', ',', ',')
    """
    header = re.sub(r'"[^"]*"', "", re.split(r"[\r\n]", text, maxsplit=1)[0])
    return max(DELIMITERS, key=header.count)


def require(columns: Sequence[str], needed: Sequence[str], path: Path) -> None:
    """Raise `DataError` if a needed column is missing or duplicated."""
    missing = [column for column in needed if column not in columns]
    if missing:
        raise DataError(
            f"{path} has no column '{missing[0]}'; it has {shown(', '.join(columns))}, expected {', '.join(needed)}; "
            "rename the columns (a file of predictions is scored by 'supernet-bench score')"
        )
    for column in needed:
        if (times := columns.count(column)) > 1:
            raise DataError(f"{path} has {times} columns '{column}'; keep one of them")


def number(row: CsvLine, column: str, path: Path) -> float:
    """Return a cell as a number, NaN if it is empty; raises `DataError` naming file, line, column and text."""
    where, cells = row
    text = cells[column].strip()
    try:
        return written_number(text) if text else math.nan
    except ValueError:
        raise DataError(f"{path}, {where}: {column} is '{shown(text)}', not a number; correct the cell") from None


def written_number(text: str) -> float:
    """Return a number as data files write it, nan and inf included; raises `ValueError` for other text.

    `float` alone also takes Python's own spelling, 1_0 for 10, and the digits of other scripts.

    >>> written_number("-1.5e-3"), written_number(" inf ")
    (-0.0015, inf)
    """
    if not NUMBER.fullmatch(text.strip()):
        raise ValueError(f"'{text}' is not a number")
    return float(text)
