"""CSV files of DARTS cells with one stand-alone accuracy each: the columns `normal`, `reduce` and the accuracy."""

import gzip
import zlib
from contextlib import suppress
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

CELLS = ("normal", "reduce")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What the accuracies of a column are."""

    name: str
    about: str
    citation: str


KINDS = {
    "c10_test_600ep": Kind(
        name="darts/cifar10/test/600ep",
        about="test accuracy of the best of 600 epochs, networks of 20 cells and width 36",
        citation="Yang et al., NAS evaluation is frustratingly hard, ICLR 2020; github.com/antoyang/NAS-Benchmark",
    ),
    "c10_valid_200ep": Kind(
        name="darts/cifar10/valid/200ep",
        about="validation accuracy after 200 epochs, in a setting that gives at most 86.61 %",
        citation="Peng et al., Sample-wise activation patterns for ultra-fast NAS, ICLR 2024; github.com/pym1024/SWAP",
    ),
}
"""The two published sets of accuracies. They differ in network, split and epochs, and share no architecture."""


@dataclass(frozen=True, kw_only=True)
class DartsCsv(Reader):
    """The table `darts/cifar10/test/600ep` or `darts/cifar10/valid/200ep`, by the file's third column.

    Both are weak truths. The first has 214 random genotypes of one training each, with accuracies so close (standard
    deviation .23) that a seed's luck is a large part of them. The second has 1,000 random cells whose normal and
    reduction cell are equal, of one training each, in a setting that gives at most 86.61 %.
    """

    form: ClassVar[str] = "a CSV of DARTS cells (columns normal, reduce, c10_test_600ep or c10_valid_200ep)"

    def recognizes(self, path: Path) -> bool:
        names = _header(path).replace(";", ",").split(",")
        return ending(path) == ".csv" and names[:2] == list(CELLS)

    def read(self, path: Path) -> list[Table]:
        columns, rows = read_csv(path)
        found = [column for column in KINDS if column in columns] or [next(iter(KINDS))]
        require(columns, [*CELLS, *found], path)
        sha256 = file_sha256(path)
        return [
            checked_table(
                FileRows(
                    path=path,
                    keys=[where for where, _ in rows],
                    archs=[" | ".join(cells[name] for name in CELLS) for _, cells in rows],
                    accuracy=np.array([[number(row, column, path)] for row in rows]).reshape(-1, 1),
                    seeds=("0",),
                    in_percent=self.percent,
                ),
                KINDS[column].name,
                source=f"{path.name}, column {column}: {KINDS[column].about}; one training each",
                citation=KINDS[column].citation,
                source_sha256=sha256,
            )
            for column in found
        ]


def _header(path: Path) -> str:
    """Return the first line of a text file, decompressed if gzip wrote it; "" if it cannot be read."""
    if not path.is_file():
        return ""
    start, opened = b"", gzip.open if path.suffix.lower() == ".gz" else open
    with suppress(OSError, EOFError, zlib.error), opened(path, "rb") as file:
        start = file.read(HEAD)
    return start.decode("utf-8-sig", errors="replace").partition("\n")[0].strip()
