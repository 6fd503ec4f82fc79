"""The trainings of NAS-Bench-101 cells, one record each, gathered into tables."""

from array import array
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bench.tables.check import FileRows, checked_table
from bench.tables.nb101_cells import covered
from bench.tables.table import Table

SPLITS = ("train", "valid", "test")
EC_NAS = "ec-nas"
EC_NAS_CITATION = "Bakhtiarifard et al., EC-NAS, ICASSP 2024; github.com/PedramBakh/EC-NAS-Bench"


class Trainings:
    """Accuracies in percent by split and budget; the repeats of a cell are numbered in the order of the file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._rows: dict[str, int] = {}
        self._keys: list[str] = []
        self._params = array("d")
        self._found: dict[str, tuple[array[int], array[float]]] = {}

    def add(
        self, key: str, arch: str, epochs: int, accuracies: Mapping[str, float], *, params: float, halfway: bool = False
    ) -> None:
        """Add a training of `arch` for a number of epochs, or its state halfway through them."""
        row = self._rows.setdefault(arch, len(self._rows))
        if row == len(self._keys):
            self._keys.append(key)
            self._params.append(params)
        for split, accuracy in accuracies.items():
            name = f"nb101/cifar10/{split}/{epochs}ep{'-halfway' if halfway else ''}"
            rows, values = self._found.setdefault(name, (array("l"), array("d")))
            rows.append(row)
            values.append(accuracy)

    def tables(self, *, release: str, source: str, citation: str, source_sha256: str) -> list[Table]:
        """Return the tables, sorted by name; those of a `release` are named with it and with their coverage."""
        archs = list(self._rows)
        return [
            self._table(name, archs, release=release, source=source, citation=citation, source_sha256=source_sha256)
            for name in sorted(self._found)
        ]

    def _table(
        self, name: str, archs: list[str], *, release: str, source: str, citation: str, source_sha256: str
    ) -> Table:
        rows, values = (np.array(each) for each in self._found[name])
        order = np.argsort(rows, kind="stable")
        rows, values = rows[order], values[order]
        present, first, counts = np.unique(rows, return_index=True, return_counts=True)
        accuracy = np.full((len(present), int(counts.max())), np.nan)
        place = np.repeat(np.arange(len(present)), counts)
        accuracy[place, np.arange(len(rows)) - first[place]] = values
        return checked_table(
            FileRows(
                path=self.path,
                keys=[self._keys[row] for row in present],
                archs=[archs[row] for row in present],
                accuracy=accuracy,
                seeds=tuple(str(repeat) for repeat in range(accuracy.shape[1])),
                costs={"params": np.array(self._params)[present]},
                in_percent=True,  # the formats give fractions, which are multiplied as they are read
            ),
            f"{name}@{release}{covered(len(present))}" if release else name,
            source=source,
            citation=citation,
            source_sha256=source_sha256,
        )
