"""`nb101_151644.csv.gz`: a third of NAS-Bench-101's cells, three trainings each."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from bench.errors import DataError
from bench.files import file_sha256
from bench.tables.check import FileRows, checked_table
from bench.tables.csv_file import CsvLine, number, read_csv, require
from bench.tables.nb101_cells import check_hashes, covered
from bench.tables.readers import Reader, csv_header
from bench.tables.table import Table

SEEDS = ("0", "1", "2")
"""The benchmark numbers its three trainings; it does not name their seeds."""
COLUMNS = {
    "valid/108ep": "valid",
    "test/108ep": "test",
    "valid/108ep-halfway": "halfway_valid",
}
"""Split and budget of each group of columns; halfway is the state after half of the training of 108 epochs."""
GRAPH = ("hash", "adjacency", "operations", "params", "uniform")


@dataclass(frozen=True, kw_only=True)
class NB101RecordsCsv(Reader):
    """Tables `nb101/cifar10/<split>/<budget>`, each of all cells of the file and of those marked `uniform`.

    The cells marked 1 are a uniform sample of the whole space (release `uniform`); the others were drawn within
    sub-spaces (all of them: release `evaluated`). The file gives fractions in [0, 1]; the tables are in percent.
    Source: Ying et al., NAS-Bench-101 (ICML 2019).
    """

    form: ClassVar[str] = "NAS-Bench-101 records as CSV (columns hash, adjacency, operations, ..., valid_0, test_0)"

    def recognizes(self, path: Path) -> bool:
        return {*GRAPH, "valid_0", "test_0"} <= set(csv_header(path))

    def read(self, path: Path) -> list[Table]:
        columns, rows = read_csv(path)
        require(columns, [*GRAPH, *(f"{column}_{seed}" for column in COLUMNS.values() for seed in SEEDS)], path)
        keys = [where for where, _ in rows]
        archs = [f"{cells['adjacency']}:{cells['operations']}" for _, cells in rows]
        check_hashes(path, keys, archs, [cells["hash"] for _, cells in rows])
        uniform = np.array([_flag(row, path) for row in rows], dtype=bool)
        params = np.array([number(row, "params", path) for row in rows])
        sha256, found = file_sha256(path), []
        for truth, column in COLUMNS.items():
            accuracy = 100 * np.array([[number(row, f"{column}_{seed}", path) for seed in SEEDS] for row in rows])
            for release, kept in (("evaluated", np.ones(len(rows), dtype=bool)), ("uniform", uniform)):
                chosen = np.flatnonzero(kept)
                if not len(chosen):
                    continue
                table = FileRows(
                    path=path,
                    keys=[keys[row] for row in chosen],
                    archs=[archs[row] for row in chosen],
                    accuracy=accuracy[chosen].reshape(-1, len(SEEDS)),
                    seeds=SEEDS,
                    costs={"params": params[chosen]},
                    in_percent=True,  # multiplied here; percent in the file are outside 0..100 then
                )
                name = f"nb101/cifar10/{truth}@{release}{covered(len(chosen))}"
                found.append(
                    checked_table(
                        table,
                        name,
                        source=f"{path.name}, column {column}: fractions times 100",
                        citation="Ying et al., NAS-Bench-101, ICML 2019; records by "
                        "github.com/apourchot/to_share_or_not_to_share",
                        source_sha256=sha256,
                    )
                )
        return found


def _flag(row: CsvLine, path: Path) -> bool:
    where, cells = row
    if cells["uniform"] not in ("0", "1"):
        raise DataError(f"{path}, {where}: uniform is '{cells['uniform']}'; allowed: 0 or 1; correct the cell")
    return cells["uniform"] == "1"
