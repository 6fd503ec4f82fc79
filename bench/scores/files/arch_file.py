"""A file of architectures to predict, and the files of predictions that `predict` writes."""

import csv
import io
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.errors import DataError, shown
from bench.spaces import Space
from bench.tables.arch_cell import parse_arch
from bench.tables.frame import ARCH_COLUMNS, ENDINGS, KEY, USUAL, VALUE, Columns, Frame, read_frame
from bench.tables.text_file import ending, read_bytes
from bench.types import Genes, PerArch


@dataclass(frozen=True, kw_only=True)
class ArchFile:
    """Architectures in the file's order: their names, their strings in the file, and their genes [arch, decision]."""

    names: list[str]
    spelled: list[str]
    genes: Genes


def read_archs(path: Path, space: Space, columns: Columns = USUAL) -> ArchFile:
    """Return the architectures of a file; raises `DataError` naming file, line or key, and value.

    CSV and TSV: one column is called arch (or architecture, arch_str, ...), or is that of `columns`, and at most one
    name. JSON: `{name: {"arch": ...}}`, the competition's format, `{name: arch}`, `{arch: number}`, a list of records
    or columns, as in a file of predictions. Any other ending: one architecture per line. Default names are arch1,
    arch2, ...
    """
    if not path.is_file():
        raise DataError(
            f"{path} {'is a folder' if path.is_dir() else 'does not exist'}; "
            "give a file of architectures: JSON, CSV, or one per line"
        )
    framed = ending(path) in ENDINGS
    entries = _entries(read_frame(path, columns), columns) if framed else _of_lines(path)
    if not entries:
        raise DataError(f"{path} holds no architectures; write one per line")
    genes = np.empty((len(entries), space.decisions), dtype=np.int8)
    for row, (where, _, arch, column) in enumerate(entries):
        try:
            genes[row] = parse_arch(arch, space)
        except DataError as error:
            of_space = f"; is it an architecture of '{space.slot_name()}'?" if isinstance(arch, str) else ""
            told = str(error) if isinstance(arch, str) else f"{column} is {error}"
            raise DataError(f"{path}, {where}: {told}{of_space}") from None
    names = [name or f"arch{row}" for row, (_, name, _, _) in enumerate(entries, 1)]
    [(name, count)] = Counter(names).most_common(1)
    if count > 1:
        raise DataError(f"{path} names {count} architectures '{shown(name)}'; give each its own name")
    return ArchFile(names=names, spelled=[arch for _, _, arch, _ in entries], genes=genes)


Entry = tuple[str, str, Any, str]
"""Line or key, name (empty: none), the architecture's cell in the file, and the column that holds it."""


def _entries(frame: Frame, columns: Columns) -> list[Entry]:
    if not frame.rows:
        return []
    frame.check_chosen(columns)
    if frame.of_pairs:
        return [
            (where, cells[KEY], cells[VALUE], "arch")
            if isinstance(cells[VALUE], str | list)
            else (where, "", cells[KEY], "arch")
            for where, cells in frame.rows
        ]
    arch = frame.column(ARCH_COLUMNS, columns.arch)
    names = [column for column in frame.names if column.strip().lower() == "name"]
    if len(names) > 1:
        raise DataError(
            f"{frame.path}, {frame.header}: {len(names)} columns are called {' and '.join(names)}; keep one of them"
        )
    called = ["" if cell is None else str(cell) for _, cell in frame.cells(names[0])] if names else frame.keys
    return [(where, name, cell, arch) for name, (where, cell) in zip(called, frame.cells(arch), strict=True)]


def _of_lines(path: Path) -> list[Entry]:
    try:
        lines = enumerate(read_bytes(path).decode("utf-8-sig").splitlines(), 1)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} cannot be read as text: {error}; save it as UTF-8, one architecture per line"
        ) from error
    return [(f"line {number}", "", text.strip(), "arch") for number, text in lines if text.strip()]


def predictions_csv(archs: ArchFile, scores: PerArch) -> str:
    """Return the lines `name,arch,acc`; a diverged score is nan."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(("name", "arch", "acc"))
    for name, arch, score in zip(archs.names, archs.spelled, scores.tolist(), strict=True):
        lines.writerow((name, arch, score if np.isfinite(score) else "nan"))
    return text.getvalue()


def competition_json(archs: ArchFile, scores: PerArch) -> str:
    """Return the competition's format, `{name: {"acc": ..., "arch": ...}}`; a diverged score is null."""
    entries = {
        name: {"acc": float(score) if np.isfinite(score) else None, "arch": arch}
        for name, arch, score in zip(archs.names, archs.spelled, scores, strict=True)
    }
    return json.dumps(entries) + "\n"


WRITTEN = {".json": competition_json, ".csv": predictions_csv}
"""What `predict` writes, by the ending of the file."""
