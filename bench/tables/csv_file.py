"""The rows of a CSV file with their line numbers, and the numbers in them."""

import csv
import gzip
import math
import zlib
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

from bench.errors import DataError

CsvLine = tuple[str, dict[str, str]]
"""The location of a row in the file ("line 17"), and its cells by column."""


def read_csv(path: Path) -> tuple[list[str], list[CsvLine]]:
    """Return the columns and the rows; raises `DataError` for a missing header, a ragged row, or invalid CSV."""
    try:
        with _opened(path) as file:
            lines = csv.reader(file, strict=True)
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
    except (csv.Error, UnicodeDecodeError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read as CSV: {error}; save it as comma-separated UTF-8 text") from error
    return columns, rows


def _opened(path: Path) -> TextIOWrapper:
    """Open a text file, compressed if it ends in .gz."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", newline="", encoding="utf-8-sig")
    return path.open(newline="", encoding="utf-8-sig")


def require(columns: Sequence[str], needed: Sequence[str], path: Path) -> None:
    """Raise `DataError` if a needed column is missing or duplicated."""
    missing = [column for column in needed if column not in columns]
    if missing:
        raise DataError(
            f"{path} has no column '{missing[0]}'; it has {', '.join(columns)}, expected {', '.join(needed)}; "
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
        return float(text) if text else math.nan
    except ValueError:
        raise DataError(f"{path}, {where}: {column} is '{text}', not a number; correct the cell") from None
