"""`nats_sss_c10.csv.gz`: the test accuracy of all 32,768 networks of NATS-Bench's size space on CIFAR-10."""

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from bench.files import file_sha256
from bench.tables.check import FileRows, checked_table
from bench.tables.csv_file import number, read_csv, require
from bench.tables.readers import HEAD, Reader, head
from bench.tables.table import Table
from bench.tables.text_file import ending

ARCH, ACCURACY = "arch", "c10_test_90"
SEEDS = ("0",)
"""One training per network; the file does not name its seed."""


@dataclass(frozen=True, kw_only=True)
class NatsSssCsv(Reader):
    """The table `nats-sss/cifar10/test/90ep`, one training per network, so that no ceiling is known.

    Source: Dong et al., NATS-Bench (TPAMI 2021).
    """

    form: ClassVar[str] = f"nats_sss_c10.csv.gz (columns {ARCH}, {ACCURACY})"

    def recognizes(self, path: Path) -> bool:
        return ending(path) == ".csv" and _first_line(path).rstrip("\r") == f"{ARCH},{ACCURACY}"

    def read(self, path: Path) -> list[Table]:
        columns, rows = read_csv(path)
        require(columns, [ARCH, ACCURACY], path)
        table = checked_table(
            FileRows(
                path=path,
                keys=[where for where, _ in rows],
                archs=[cells[ARCH] for _, cells in rows],
                accuracy=np.array([[number(row, ACCURACY, path)] for row in rows]).reshape(-1, len(SEEDS)),
                seeds=SEEDS,
                in_percent=self.percent,
            ),
            "nats-sss/cifar10/test/90ep",
            source=f"{path.name}, column {ACCURACY}: one training per network",
            citation="Dong et al., NATS-Bench, TPAMI 2021; values by github.com/changlin31/BossNAS",
            source_sha256=file_sha256(path),
        )
        return [table]


def _first_line(path: Path) -> str:
    """Return the first line of a file, decompressed if its name ends in .gz; "" if it cannot be."""
    if path.suffix.lower() != ".gz":
        return head(path).partition("\n")[0]
    try:
        with gzip.open(path) as file:
            return file.readline(HEAD).decode("utf-8", errors="replace").rstrip("\n")
    except (OSError, EOFError, zlib.error):
        return ""
