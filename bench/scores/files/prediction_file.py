"""Predictions from any source: a CSV or JSON file of architectures and their scores."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from bench.errors import DataError
from bench.scores.files.direction import check_direction, plain, score_columns
from bench.tables.csv_file import read_csv, written_number
from bench.tables.json_file import Pairs, read_pairs

ARCH_COLUMNS = ("arch", "architecture", "archstr", "archstring", "architecturestring")


@dataclass(frozen=True, kw_only=True)
class PredictionFile:
    """Architecture strings, scores (higher is better), and the location of each ("line 3", "key 'x'").

    `column` is the name of the scores in the file, empty if it has none.
    """

    path: Path
    archs: list[str]
    scores: Float[np.ndarray, "entry"]
    where: list[str]
    column: str = ""


def read_predictions(path: Path, lower_is_better: bool | None = None) -> PredictionFile:
    """Return the predictions of a CSV or JSON file; raises `DataError` naming file, line or key, and value.

    CSV: the first line names the columns. Ignoring case, spaces and `_`, exactly one is called arch,
    architecture, arch_str, arch_string or architecture_string, and exactly one score, acc, accuracy,
    prediction or predicted; other columns are ignored. JSON: `{arch: score}`, or `{name: {"arch": ...,
    "acc": ...}}` with keys named by the same rule. A diverged score is nan or inf, or null in JSON.

    With `lower_is_better` all scores change sign. Only if it is given, True or False, a column of losses or errors is
    read too; if lower is better it is preferred.
    """
    if not path.is_file():
        raise DataError(
            f"{path} {'is a folder' if path.is_dir() else 'does not exist'}; give a CSV or JSON file of predictions"
        )
    readers = {".csv": _csv_entries, ".json": _json_entries}
    if path.suffix.lower() not in readers:
        raise DataError(f"{path}: unknown extension '{path.suffix}'; allowed: {', '.join(readers)}")
    archs, scores, where, columns = [], [], [], set()
    for place, arch, score, column in readers[path.suffix.lower()](path, lower_is_better):
        archs.append(arch)
        scores.append(_number(path, place, score))
        where.append(place)
        columns.add(column)
    if not archs:
        raise DataError(f"{path} holds no predictions; write one architecture and its score per row")
    sign = -1.0 if lower_is_better else 1.0
    column = columns.pop() if len(columns) == 1 else ""
    return PredictionFile(path=path, archs=archs, scores=sign * np.array(scores), where=where, column=column)


Entry = tuple[str, str, Any, str]
"""Location, architecture, score, and the name of the score's column."""


def _csv_entries(path: Path, lower_is_better: bool | None) -> Iterator[Entry]:
    columns, rows = read_csv(path)
    arch, score = _columns(path, "header", columns, lower_is_better)
    for where, cells in rows:
        yield where, cells[arch], cells[score], score


def _json_entries(path: Path, lower_is_better: bool | None) -> Iterator[Entry]:
    for key, entry in read_pairs(path, "{arch: score} or {name: {arch, acc}}"):
        place = f"key '{key}'"
        if isinstance(entry, Pairs):
            keys = [name for name, _ in entry]
            arch, score = _columns(path, place, keys, lower_is_better)
            fields = dict(entry)
            yield place, str(fields[arch]), fields[score], score
        else:
            yield place, key, entry, ""


def _columns(path: Path, place: str, names: list[str], lower_is_better: bool | None) -> tuple[str, str]:
    """Return the columns of architectures and of scores."""
    arch = only_column(path, place, names, ARCH_COLUMNS)
    score = only_column(path, place, names, score_columns(names, lower_is_better))
    check_direction(path, place, score, lower_is_better)
    return arch, score


def only_column(path: Path, place: str, names: list[str], allowed: Iterable[str]) -> str:
    """Return the one allowed name, ignoring case, spaces and `_`; raises `DataError` unless there is exactly one."""
    found = [name for name in names if plain(name) in allowed]
    if len(found) == 1:
        return found[0]
    problem = f"{' and '.join(found)} all match" if found else "none matches"
    raise DataError(f"{path}, {place}: one column must be called {' or '.join(allowed)}; {problem} among {names}")


def _number(path: Path, place: str, score: Any) -> float:
    if score is None:
        return float("nan")
    if isinstance(score, str | int | float) and not isinstance(score, bool):
        try:
            return written_number(score) if isinstance(score, str) else float(score)
        except (ValueError, OverflowError):
            pass
    raise DataError(f"{path}, {place}: score {score!r} is not a number; write nan where a prediction diverged")
