"""`ecnas_4v_5v.csv.gz`: EC-NAS, all NAS-Bench-101 cells of at most four vertices, and of at most five, trained anew."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from bench.errors import DataError
from bench.files import file_sha256
from bench.tables.csv_file import CsvLine, number, read_csv, require
from bench.tables.nb101_cells import check_hashes, from_triangle
from bench.tables.nb101_trainings import EC_NAS_CITATION, SPLITS, Trainings
from bench.tables.readers import Reader, csv_header
from bench.tables.table import Table

COLUMNS = ("space", "hash", "vertices", "adj", "ops", "epochs", "repeat", "params")
SPACES = ("4V", "5V")
RELEASE = "ec-nas-csv"
"""Apart from that of the TFRecord files, whose numbers have more digits."""


@dataclass(frozen=True, kw_only=True)
class EcNasCsv(Reader):
    """Tables `nb101/cifar10/<split>/<epochs>ep` of release `ec-nas-csv`, one set for each of the two sub-spaces.

    These are trainings of their own, not the benchmark's. The file gives fractions; the tables are in percent.
    Source: Bakhtiarifard et al., EC-NAS (ICASSP 2024).
    """

    form: ClassVar[str] = "EC-NAS as CSV (columns space, hash, vertices, adj, ops, epochs, repeat, ..., energy_kwh)"

    def recognizes(self, path: Path) -> bool:
        return {*COLUMNS, "energy_kwh"} <= set(csv_header(path))

    def read(self, path: Path) -> list[Table]:
        columns, rows = read_csv(path)
        require(columns, [*COLUMNS, *(f"{split}_acc" for split in SPLITS)], path)
        archs = [from_triangle(cells["adj"], cells["ops"], cells["vertices"]) for _, cells in rows]
        check_hashes(path, [where for where, _ in rows], archs, [cells["hash"] for _, cells in rows])
        found = {space: Trainings(path) for space in SPACES}
        for row, arch in zip(rows, archs, strict=True):
            where, cells = row
            if cells["space"] not in SPACES:
                raise DataError(
                    f"{path}, {where}: space is '{cells['space']}'; allowed: {', '.join(SPACES)}; correct the cell"
                )
            accuracies = {split: 100 * number(row, f"{split}_acc", path) for split in SPLITS}
            found[cells["space"]].add(
                where, arch, _whole(row, "epochs", path), accuracies, params=number(row, "params", path)
            )
        sha256 = file_sha256(path)
        return [
            table
            for space in SPACES
            for table in found[space].tables(
                release=RELEASE,
                source=f"{path.name}, {space}: fractions times 100",
                citation=EC_NAS_CITATION,
                source_sha256=sha256,
            )
        ]


def _whole(row: CsvLine, column: str, path: Path) -> int:
    value = number(row, column, path)
    if not (np.isfinite(value) and value == int(value) and value > 0):
        raise DataError(f"{path}, {row[0]}: {column} is '{row[1][column]}'; allowed: a whole number; correct the cell")
    return int(value)
