"""`nats_bench.csv`: the mean test accuracy of all 15,625 cells of NAS-Bench-201 after 200 epochs."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from bench.files import file_sha256
from bench.tables.check import FileRows, checked_table
from bench.tables.csv_file import number, read_csv, require
from bench.tables.readers import Reader, head
from bench.tables.table import Table

COLUMNS = {
    "cifar10": "CIFAR10TestAccuracy200Epochs",
    "cifar100": "CIFAR100TestAccuracy200Epochs",
    "imagenet16-120": "ImageNetTestAccuracy200Epochs",
}
ARCH = "ArchitectureString"


@dataclass(frozen=True, kw_only=True)
class NatsCsv(Reader):
    """Three tables `nb201/<dataset>/test/200ep`; the file publishes the mean over the seeds only.

    The test sets are the benchmark's: all 10,000 images of CIFAR-10, `x-test` (half of the official test
    images) of CIFAR-100 and ImageNet16-120. Source: Dong et al., NATS-Bench (TPAMI 2021).
    """

    form: ClassVar[str] = f"nats_bench.csv (columns {ARCH}, {COLUMNS['cifar10']}, ...)"

    def recognizes(self, path: Path) -> bool:
        return path.suffix == ".csv" and "TestAccuracy200Epochs" in head(path).partition("\n")[0]

    def read(self, path: Path) -> list[Table]:
        columns, rows = read_csv(path)
        require(columns, [ARCH, *COLUMNS.values()], path)
        sha256 = file_sha256(path)
        return [
            checked_table(
                FileRows(
                    path=path,
                    keys=[where for where, _ in rows],
                    archs=[cells[ARCH] for _, cells in rows],
                    accuracy=np.array([[number(row, column, path)] for row in rows]).reshape(-1, 1),
                    seeds=("mean",),
                    in_percent=self.percent,
                ),
                f"nb201/{dataset}/test/200ep",
                source=f"{path.name}, column {column}: mean over the training seeds, last epoch",
                citation="Dong et al., NATS-Bench, TPAMI 2021; table by github.com/v-tao/nats-bench-landscape",
                source_sha256=sha256,
            )
            for dataset, column in COLUMNS.items()
        ]
