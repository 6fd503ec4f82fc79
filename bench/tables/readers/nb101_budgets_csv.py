"""`nb101_30001.csv.gz`: 30,001 cells of NAS-Bench-101 after 4, 12, 36 and 108 epochs, one training each."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from bench.files import file_sha256
from bench.tables.check import FileRows, checked_table
from bench.tables.csv_file import number, read_csv, require
from bench.tables.nb101_cells import check_hashes, covered, from_triangle
from bench.tables.readers import Reader, csv_header
from bench.tables.table import Table

EPOCHS = (4, 12, 36, 108)
IMAGES = 9_984
"""Validation images of the benchmark's evaluations; the file has the number of correct answers."""
GRAPH = ("hash", "vertices", "adj", "ops", "params")


@dataclass(frozen=True, kw_only=True)
class NB101BudgetsCsv(Reader):
    """Tables `nb101/cifar10/valid/<epochs>ep` of release `nasbench-vis`: one of the three trainings of each cell.

    Accuracies are correct answers of 9,984 validation images. Source: Ying et al., NAS-Bench-101 (ICML 2019).
    """

    form: ClassVar[str] = "NAS-Bench-101 budgets as CSV (columns hash, vertices, adj, ops, val4, val12, val36, val108)"

    def recognizes(self, path: Path) -> bool:
        return {*GRAPH, "val4", "val108"} <= set(csv_header(path))

    def read(self, path: Path) -> list[Table]:
        columns, rows = read_csv(path)
        require(columns, [*GRAPH, *(f"val{epochs}" for epochs in EPOCHS)], path)
        keys = [where for where, _ in rows]
        archs = [from_triangle(cells["adj"], cells["ops"], cells["vertices"]) for _, cells in rows]
        check_hashes(path, keys, archs, [cells["hash"] for _, cells in rows])
        params, sha256 = np.array([number(row, "params", path) for row in rows]), file_sha256(path)
        return [
            checked_table(
                FileRows(
                    path=path,
                    keys=keys,
                    archs=archs,
                    accuracy=np.array([[number(row, f"val{epochs}", path)] for row in rows]).reshape(-1, 1)
                    * (100 / IMAGES),
                    seeds=("one",),
                    costs={"params": params},
                    in_percent=True,  # computed here; a number that is no count of images is outside 0..100 then
                ),
                f"nb101/cifar10/valid/{epochs}ep@nasbench-vis{covered(len(set(archs)))}",
                source=f"{path.name}, column val{epochs}: correct answers of {IMAGES:,} images, one of three trainings",
                citation="Ying et al., NAS-Bench-101, ICML 2019; records by github.com/tiga1231/nasbench-vis",
                source_sha256=sha256,
            )
            for epochs in EPOCHS
        ]
