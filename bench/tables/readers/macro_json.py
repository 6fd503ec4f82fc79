"""`nas-bench-macro_cifar10.json`: 6,561 networks of NAS-Bench-Macro, three training seeds each."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from bench.errors import DataError
from bench.files import file_sha256
from bench.tables.check import FileRows, checked_table
from bench.tables.json_file import Entry, number, part, read_json
from bench.tables.readers import Reader, head
from bench.tables.table import Table

SEEDS = ("0", "1", "2")
"""The publication numbers its three trainings; it does not name their seeds."""


@dataclass(frozen=True, kw_only=True)
class MacroJson(Reader):
    """The table `macro/cifar10/test/50ep`, with parameters and FLOPs.

    Source: Su et al., Prioritized Architecture Sampling with Monto-Carlo Tree Search (CVPR 2021).
    """

    form: ClassVar[str] = 'nas-bench-macro_cifar10.json ({"22212202": {"test_acc": [...], "params": ...}, ...})'

    def recognizes(self, path: Path) -> bool:
        return path.suffix == ".json" and bool(re.match(r'\s*\{\s*"[0-2]{8}"\s*:\s*\{[^}]*"test_acc"', head(path)))

    def read(self, path: Path) -> list[Table]:
        entries = read_json(path)
        rows = FileRows(
            path=path,
            keys=[f"key '{key}'" for key, _ in entries],
            archs=[key for key, _ in entries],
            accuracy=np.array([_accuracies(entry, path) for entry in entries]).reshape(-1, len(SEEDS)),
            seeds=SEEDS,
            in_percent=self.percent,
            costs={
                cost: np.array([number(entry, cost, part(entry, cost, path), path) for entry in entries])
                for cost in ("params", "flops")
            },
        )
        table = checked_table(
            rows,
            "macro/cifar10/test/50ep",
            source=f"{path.name}: test accuracy of the best epoch of each training, not of the last",
            citation="Su et al., Prioritized Architecture Sampling with Monto-Carlo Tree Search, CVPR 2021",
            source_sha256=file_sha256(path),
        )
        return [table]


def _accuracies(entry: Entry, path: Path) -> list[float]:
    values = part(entry, "test_acc", path)
    if not isinstance(values, list) or len(values) != len(SEEDS):
        raise DataError(
            f"{path}, key '{entry[0]}': test_acc is {values}, expected a list of {len(SEEDS)} accuracies; "
            "copy the file again"
        )
    return [number(entry, "test_acc", value, path) for value in values]
