"""A file of architectures to predict, and the CVPR 2021 competition's file of predictions."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.errors import DataError
from bench.scores.files.prediction_file import ARCH_COLUMNS, only_column
from bench.spaces import Space
from bench.tables.csv_file import read_csv
from bench.tables.json_file import Pairs, read_pairs
from bench.types import Genes, PerArch


@dataclass(frozen=True, kw_only=True)
class ArchFile:
    """Architectures in the file's order: their names, their strings in the file, and their genes [arch, decision]."""

    names: list[str]
    spelled: list[str]
    genes: Genes


def read_archs(path: Path, space: Space) -> ArchFile:
    """Return the architectures of a file; raises `DataError` naming file, line or key, and value.

    JSON: `{name: {"arch": ...}}`, the competition's format, `{name: arch}`, or `{arch: number}`, as in a file of
    predictions. CSV: the first line names the columns, exactly one of them arch (or architecture, arch_str, ...), and
    at most one name. Any other extension: one architecture per line. Default names are arch1, arch2, ...
    """
    if not path.is_file():
        raise DataError(
            f"{path} {'is a folder' if path.is_dir() else 'does not exist'}; "
            "give a file of architectures: JSON, CSV, or one per line"
        )
    read = {".json": _of_json, ".csv": _of_csv}.get(path.suffix.lower(), _of_lines)
    entries = read(path)
    if not entries:
        raise DataError(f"{path} holds no architectures; write one per line")
    genes = np.empty((len(entries), space.decisions), dtype=np.int8)
    for row, (where, _, arch) in enumerate(entries):
        try:
            genes[row] = space.parse(arch)
        except DataError as error:
            raise DataError(f"{path}, {where}: {error}; is it an architecture of '{space.slot_name()}'?") from None
    names = [name or f"arch{row}" for row, (_, name, _) in enumerate(entries, 1)]
    [(name, count)] = Counter(names).most_common(1)
    if count > 1:
        raise DataError(f"{path} names {count} architectures '{name}'; give each its own name")
    return ArchFile(names=names, spelled=[arch for _, _, arch in entries], genes=genes)


Entry = tuple[str, str, str]
"""Line or key, name (empty: none), and the architecture's string in the file."""


def _of_json(path: Path) -> list[Entry]:
    entries = []
    for key, value in read_pairs(path, "{name: {arch}}, {name: arch} or {arch: number}"):
        where = f"key '{key}'"
        if isinstance(value, Pairs):
            column = only_column(path, where, [name for name, _ in value], ARCH_COLUMNS)
            spelled = dict(value)[column]
            if not isinstance(spelled, str):
                raise DataError(f"{path}, {where}: {column} is {json.dumps(spelled)}; write an architecture in quotes")
            entries.append((where, key, spelled))
        elif isinstance(value, str):
            entries.append((where, key, value))
        else:
            entries.append((where, "", key))
    return entries


def _of_csv(path: Path) -> list[Entry]:
    columns, rows = read_csv(path)
    arch = only_column(path, "header", columns, ARCH_COLUMNS)
    names = [column for column in columns if column.strip().lower() == "name"]
    if len(names) > 1:
        raise DataError(f"{path}, header: {len(names)} columns are called {' and '.join(names)}; keep one of them")
    return [(where, cells[names[0]] if names else "", cells[arch]) for where, cells in rows]


def _of_lines(path: Path) -> list[Entry]:
    try:
        lines = enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} cannot be read as text: {error}; save it as UTF-8, one architecture per line"
        ) from error
    return [(f"line {number}", "", text.strip()) for number, text in lines if text.strip()]


def competition_json(archs: ArchFile, scores: PerArch) -> str:
    """Return the competition's format, `{name: {"acc": ..., "arch": ...}}`; a diverged score is null."""
    entries = {
        name: {"acc": float(score) if np.isfinite(score) else None, "arch": arch}
        for name, arch, score in zip(archs.names, archs.spelled, scores, strict=True)
    }
    return json.dumps(entries) + "\n"
