"""Cost tables from a CSV, and from the costs that a published table records."""

from pathlib import Path

import numpy as np

from bench.costs import CostTable, costs_path, read_costs, write_costs
from bench.errors import DataError
from bench.files import file_sha256
from bench.spaces import SPACES, Space
from bench.tables.add import Added
from bench.tables.csv_file import CsvLine, number, read_csv, require
from bench.tables.table import Table
from bench.types import Genes

NO_COSTS = ("arch", "code", "index")


def add_costs(path: Path, space: str, folder: Path) -> Added:
    """Check and store a file of costs under the stem of its name.

    A stored one never changes: equal content is reported as "already there", other content raises `DataError`.
    """
    table = read_cost_file(path, SPACES.get(space)())
    target = costs_path(table.name, space, folder)
    if not write_costs(table, target):
        if read_costs(target).sha256 != table.sha256:
            raise DataError(
                f"{target} holds other costs, and a stored table never changes; remove that file by hand, or rename "
                f"{path}"
            )
        return Added(f"{space}/{table.name}", f"already there: {target}")
    known, size = len(table.genes), SPACES.get(space)().size
    empty = {column: int(np.isnan(values).sum()) for column, values in table.columns.items()}
    lacking = (
        "; without a value: " + ", ".join(f"{n:,} of {c}" for c, n in empty.items() if n) if any(empty.values()) else ""
    )
    return Added(
        f"{space}/{table.name}",
        f"{len(table.columns)} costs ({', '.join(table.columns)}) of {known:,} of {size:,} architectures{lacking}",
    )


def published_costs(table: Table) -> CostTable | None:
    """Return the costs that a table's source records and its space does not compute, without any accuracy."""
    computed = table.space.costs(table.space.extremes())
    columns = {name: values for name, values in table.costs.items() if name not in computed}
    if not columns:
        return None
    return CostTable(
        name=table.name,
        space=table.truth.space,
        genes=table.genes,
        columns=columns,
        source=table.source,
        source_sha256=table.source_sha256,
    )


def read_cost_file(path: Path, space: Space) -> CostTable:
    """Return the costs of a CSV: `arch`, or `code` with one digit per decision, and a column of numbers per cost.

    An empty cell is unknown; a column `index` is ignored. Raises `DataError` naming file, line and value.
    """
    if not path.is_file():
        raise DataError(f"{path} does not exist; give the path of a CSV of costs")
    if not path.name.endswith((".csv", ".csv.gz")):
        raise DataError(f"{path} is no CSV; allowed: .csv, .csv.gz with a column arch and a column per cost")
    columns, rows = read_csv(path)
    costs = [column for column in columns if column not in NO_COSTS]
    named = "code" if "code" in columns and "arch" not in columns else "arch"
    require(columns, [named, *costs], path)
    if not costs or not rows:
        raise DataError(f"{path} has no {'costs' if rows else 'rows'}; expected {named} and a column per cost")
    computed = set(space.costs(space.extremes())) & set(costs)
    if computed:
        raise DataError(
            f"{path} has a column '{min(computed)}', which space '{space.slot_name()}' computes itself; rename it"
        )
    genes = _genes(rows, named, space, path)
    keys = space.keys(genes)
    order = np.argsort(keys, kind="stable")
    if (twice := np.flatnonzero(keys[order][1:] == keys[order][:-1])).size:
        first, second = (rows[order[twice[0] + k]][0] for k in (0, 1))
        raise DataError(f"{path}, {first} and {second} are the same architecture; keep one of them")
    values = np.array([[_cost(row, column, path) for column in costs] for row in rows])[order]
    return CostTable(
        name=path.name.removesuffix(".gz").removesuffix(".csv"),
        space=space.slot_name(),
        genes=genes[order],
        columns={column: np.ascontiguousarray(values[:, place]) for place, column in enumerate(costs)},
        source=path.name,
        source_sha256=file_sha256(path),
    )


def _genes(rows: list[CsvLine], named: str, space: Space, path: Path) -> Genes:
    if named == "arch":
        genes = np.empty((len(rows), space.decisions), dtype=np.int8)
        for place, (where, cells) in enumerate(rows):
            try:
                genes[place] = space.parse(cells["arch"])
            except DataError as error:
                raise DataError(f"{path}, {where}: {error}; is it an architecture of '{space.slot_name()}'?") from None
    else:
        for where, cells in rows:
            code = cells["code"].strip()
            if not code.isdecimal() or not code.isascii() or len(code) != space.decisions:
                raise DataError(f"{path}, {where}: code is '{code}'; expected {space.decisions} digits, one a decision")
        genes = np.array([[int(digit) for digit in cells["code"].strip()] for _, cells in rows], dtype=np.int8)
    if not (inside := space.contains(genes)).all():
        row = int(np.flatnonzero(~inside)[0])
        raise DataError(
            f"{path}, {rows[row][0]}: '{rows[row][1][named]}' is no architecture of '{space.slot_name()}'; "
            "remove the row or correct it"
        )
    return genes


def _cost(row: CsvLine, column: str, path: Path) -> float:
    value = number(row, column, path)
    if np.isinf(value):
        raise DataError(f"{path}, {row[0]}: {column} is {value}; expected a finite number, or an empty cell")
    return value
