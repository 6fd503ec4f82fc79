"""The known accuracies of the CVPR 2021 NAS competition, track 1: ResNet-20 widths on CIFAR-100."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from bench.files import file_sha256
from bench.tables.check import FileRows, checked_table
from bench.tables.json_file import number, part, read_json
from bench.tables.readers import Reader, head
from bench.tables.table import Table


@dataclass(frozen=True, kw_only=True)
class Track1Json(Reader):
    """The table `track1/cifar100/test/stand-alone`; the publication names no training budget.

    The file gives fractions in [0, 1]; the table is in percent like every other.
    """

    form: ClassVar[str] = 'CVPR 2021 track 1 JSON ({"arch1": {"acc": 0.539, "arch": "16-4-..."}, ...})'

    def recognizes(self, path: Path) -> bool:
        return path.suffix == ".json" and bool(re.match(r'\s*\{\s*"arch\d+"\s*:\s*\{[^}]*"acc"', head(path)))

    def read(self, path: Path) -> list[Table]:
        entries = read_json(path)
        fractions = [[number(entry, "acc", part(entry, "acc", path), path)] for entry in entries]
        rows = FileRows(
            path=path,
            keys=[f"key '{key}'" for key, _ in entries],
            archs=[str(part(entry, "arch", path)) for entry in entries],
            accuracy=100 * np.array(fractions).reshape(-1, 1),
            seeds=("mean",),
            in_percent=True,  # multiplied here; percent in the file are outside 0..100 then
        )
        table = checked_table(
            rows,
            "track1/cifar100/test/stand-alone",
            source=f"{path.name}: stand-alone accuracy, fractions times 100; number of trainings not published",
            citation="CVPR 2021 Lightweight NAS challenge, track 1; "
            "file by github.com/SpartaG117/CVPR2021-NAS-competition-Track-1-4th-solution",
            source_sha256=file_sha256(path),
        )
        return [table]
