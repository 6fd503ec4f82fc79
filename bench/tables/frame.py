"""A file of architectures and numbers as rows with named columns, whichever form it is written in."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.errors import DataError, shown
from bench.tables.csv_file import CsvLine, read_csv, written_number
from bench.tables.json_file import Pairs, parsed_json
from bench.tables.text_file import ending

ENDINGS = (".csv", ".tsv", ".json")
"""Files with columns; each may also end in .gz."""
ARCH_COLUMNS = ("arch", "architecture", "archstr", "archstring", "architecturestring")
PAIRS = KEY, VALUE = "(key)", "(value)"
"""The two columns of a JSON object of plain values, such as {arch: score}."""
FORMS = (
    "{arch: score}, {name: {arch, score}}, a list of records [{arch, score}, ...], or columns {arch: [...], score: "
    "[...]} as lists or as pandas writes them"
)
Rows = list[tuple[str, dict[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The columns that the user chose by name; None: the one that has a usual name."""

    arch: str | None = None
    value: str | None = None


USUAL = Columns()
"""No column is chosen."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The names of the columns in the file's order, and each row's location ("line 3", "key 'x'") and cells.

    A cell of a CSV is text, of a JSON any value; a JSON record may lack one. `header` is where the names stand. `keys`
    are those of the rows in {name: record}; empty ones elsewhere.
    """

    path: Path
    header: str
    names: Sequence[str]
    rows: Sequence[CsvLine] | Rows
    keys: Sequence[str]

    @property
    def of_pairs(self) -> bool:
        """Return whether the file is a JSON object of plain values, `KEY` and `VALUE`."""
        return self.names is PAIRS  # a file may have columns of these names

    def check_chosen(self, columns: Columns) -> None:
        """Raise `DataError` if the caller chose a column of a file of pairs, which has none."""
        if self.of_pairs and columns != USUAL:
            raise DataError(f"{self.path} holds {{arch: number}} without columns; leave out --column and --arch-column")

    def column(self, usual: Sequence[str], chosen: str | None = None, option: str = "--arch-column") -> str:
        """Return the name of the chosen column, else of the only one whose name is usual, in any case.

        Spaces and `_` are ignored. Raises `DataError` unless there is exactly one; it names the `option` that chooses.
        """
        found = [name for name in self.names if name == chosen]
        if not found:
            wanted = usual if chosen is None else (plain(chosen),)
            found = [name for name in self.names if plain(name) in wanted]
        if len(found) == 1:
            return found[0]
        problem = f"{shown(' and '.join(found))} all match" if found else "none matches"
        called = " or ".join(usual) if chosen is None else f"'{chosen}' ({option})"
        raise DataError(
            f"{self.path}, {self.header}: one column must be called {called}; {problem} among {shown(list(self.names))}"
            + (f"; {option} NAME chooses another" if chosen is None else "")
        )

    def cells(self, column: str) -> Iterator[tuple[str, Any]]:
        """Yield the location and the cell of every row; raises `DataError` for a record that lacks it."""
        for where, cells in self.rows:
            if column not in cells:
                raise DataError(f"{self.path}, {where}: no '{column}'; it has {shown(', '.join(cells))}; add it")
            yield where, cells[column]


def read_frame(path: Path, columns: Columns = USUAL) -> Frame:
    """Return the rows of a CSV, TSV or JSON file, compressed with gzip or not.

    CSV and TSV: cells separated by commas, semicolons or tabs; the first line names the columns. JSON: `FORMS`.
    `columns` tells columns from entries in JSON. Raises `DataError` naming file, line or key, and value.
    """
    if ending(path) not in ENDINGS:
        allowed = f"{', '.join(ENDINGS)}, each also with .gz"
        raise DataError(f"{path}: unknown extension '{path.suffix}'; allowed: {allowed}")
    if ending(path) == ".json":
        return _of_json(path, (plain(columns.arch),) if columns.arch else ARCH_COLUMNS)
    names, rows = read_csv(path)
    return Frame(path=path, header="header", names=names, rows=rows, keys=[""] * len(rows))


def as_number(value: Any) -> float | None:
    """Return a cell as a number, None if it is none; NaN for the null of a JSON file.

    >>> as_number("1.5"), as_number(None), as_number("1_0"), as_number(True), as_number("0,5")
    (1.5, nan, None, None, None)
    """
    if value is None:
        return float("nan")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return written_number(value) if isinstance(value, str) else float(value)
    except (ValueError, OverflowError):
        return None


def plain(name: str) -> str:
    """Return the name of a column without case, spaces and `_`."""
    return name.strip().lower().replace("_", "").replace(" ", "")


def _of_json(path: Path, arch_names: Sequence[str]) -> Frame:
    found = parsed_json(path)
    if isinstance(found, Pairs):
        if by_column := _by_column(path, found, arch_names):
            rows = _rows(by_column)
            return Frame(path=path, header="top level", names=list(by_column), rows=rows, keys=[""] * len(rows))
        keys = [key for key, _ in found]
        if not any(isinstance(value, Pairs) for _, value in found):
            rows = [(_key(key), {KEY: key, VALUE: value}) for key, value in found]
            return Frame(path=path, header="top level", names=PAIRS, rows=rows, keys=keys)
        records = [(_key(key), value) for key, value in found]
    elif isinstance(found, list) and all(isinstance(value, Pairs) for value in found):
        keys = [""] * len(found)
        records = [(f"entry {number}", value) for number, value in enumerate(found, 1)]
    else:
        raise DataError(f"{path} holds a {type(found).__name__}; expected {FORMS}")
    rows = []
    for where, record in records:
        if not isinstance(record, Pairs):
            raise DataError(f"{path}, {where}: {shown(json.dumps(record))} is no record as the others; write {FORMS}")
        rows.append((where, _once(path, where, record)))
    names = dict.fromkeys(name for _, record in rows for name in record)
    return Frame(path=path, header=rows[0][0] if rows else "top level", names=list(names), rows=rows, keys=keys)


def _by_column(path: Path, found: Pairs, arch_names: Sequence[str]) -> dict[str, Any]:
    """Return the columns of an object that is written by column, {} for any other: lists, or {row: cell} as in pandas.

    An object of lists is one if a list holds text. An object of objects is one if it has a column of architectures and
    no object in it has one.
    """
    values = [value for _, value in found]
    if values and all(isinstance(value, list) and not isinstance(value, Pairs) for value in values):
        if not any(isinstance(cell, str) for value in values for cell in value[:1]):
            named = any(plain(name) in arch_names for name, _ in found)
            if not named or len(found) < 2:
                return {}
        by_column = {name: [(f"entry {row}", cell) for row, cell in enumerate(cells, 1)] for name, cells in found}
    elif values and all(isinstance(value, Pairs) for value in values):
        inside = {plain(name) for value in values for name, _ in value}
        if not any(plain(name) in arch_names for name, _ in found) or inside & set(arch_names):
            return {}
        by_column = {name: [(_key(row), cell) for row, cell in cells] for name, cells in found}
    else:
        return {}
    _once(path, "top level", found)
    first, places = found[0][0], [where for where, _ in next(iter(by_column.values()))]
    for name, cells in by_column.items():
        if [where for where, _ in cells] != places:
            raise DataError(
                f"{path}: column '{shown(name)}' has {len(cells)} rows and '{shown(first)}' {len(places)}, or other "
                "ones; give every column a cell in every row"
            )
    return by_column


def _rows(by_column: dict[str, list[tuple[str, Any]]]) -> Rows:
    return [
        (cells[0][0], {name: cell for name, (_, cell) in zip(by_column, cells, strict=True)})
        for cells in zip(*by_column.values(), strict=True)
    ]


def _once(path: Path, where: str, pairs: Pairs) -> dict[str, Any]:
    """Return an object's cells by name; raises `DataError` if a name occurs twice."""
    if len(cells := dict(pairs)) < len(pairs):
        [(twice, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise DataError(f"{path}, {where}: '{shown(twice)}' occurs twice; keep one of them")
    return cells


def _key(key: str) -> str:
    return f"key '{shown(key)}'"
