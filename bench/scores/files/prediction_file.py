"""Predictions from any source: a CSV or JSON file of architectures and their scores."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from bench.errors import DataError
from bench.tables.csv_file import read_csv, written_number
from bench.tables.json_file import Pairs, read_pairs

ARCH_COLUMNS = ("arch", "architecture", "archstr", "archstring", "architecturestring")
SCORE_COLUMNS = ("score", "acc", "accuracy", "prediction", "predicted")


@dataclass(frozen=True, kw_only=True)
class PredictionFile:
    """Architecture strings, scores (higher is better), and the location of each ("line 3", "key 'x'")."""

    path: Path
    archs: list[str]
    scores: Float[np.ndarray, "entry"]
    where: list[str]


def read_predictions(path: Path) -> PredictionFile:
    """Return the predictions of a CSV or JSON file; raises `DataError` naming file, line or key, and value.

    CSV: the first line names the columns. Ignoring case, spaces and `_`, exactly one is called arch,
    architecture, arch_str, arch_string or architecture_string, and exactly one score, acc, accuracy,
    prediction or predicted; other columns are ignored. JSON: `{arch: score}`, or `{name: {"arch": ...,
    "acc": ...}}` with keys named by the same rule. A diverged score is nan or inf, or null in JSON.
    """
    if not path.is_file():
        raise DataError(
            f"{path} {'is a folder' if path.is_dir() else 'does not exist'}; give a CSV or JSON file of predictions"
        )
    readers = {".csv": _csv_entries, ".json": _json_entries}
    if path.suffix.lower() not in readers:
        raise DataError(f"{path}: unknown extension '{path.suffix}'; allowed: {', '.join(readers)}")
    archs, scores, where = [], [], []
    for place, arch, score in readers[path.suffix.lower()](path):
        archs.append(arch)
        scores.append(_number(path, place, score))
        where.append(place)
    if not archs:
        raise DataError(f"{path} holds no predictions; write one architecture and its score per row")
    return PredictionFile(path=path, archs=archs, scores=np.array(scores), where=where)


def _csv_entries(path: Path) -> Iterator[tuple[str, str, Any]]:
    columns, rows = read_csv(path)
    arch, score = (only_column(path, "header", columns, names) for names in (ARCH_COLUMNS, SCORE_COLUMNS))
    for where, cells in rows:
        yield where, cells[arch], cells[score]


def _json_entries(path: Path) -> Iterator[tuple[str, str, Any]]:
    for key, entry in read_pairs(path, "{arch: score} or {name: {arch, acc}}"):
        place = f"key '{key}'"
        if isinstance(entry, Pairs):
            keys = [name for name, _ in entry]
            arch, score = (only_column(path, place, keys, names) for names in (ARCH_COLUMNS, SCORE_COLUMNS))
            fields = dict(entry)
            yield place, str(fields[arch]), fields[score]
        else:
            yield place, key, entry


def only_column(path: Path, place: str, names: list[str], allowed: Iterable[str]) -> str:
    """Return the one allowed name, ignoring case, spaces and `_`; raises `DataError` unless there is exactly one."""
    found = [name for name in names if name.strip().lower().replace("_", "").replace(" ", "") in allowed]
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
