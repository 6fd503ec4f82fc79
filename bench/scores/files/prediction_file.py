"""Predictions from any source: files of architectures and their scores."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from bench.errors import DataError, shown
from bench.files import file_sha256
from bench.scores.files.direction import check_direction, score_columns
from bench.tables.arch_cell import ARCH
from bench.tables.frame import ARCH_COLUMNS, KEY, USUAL, VALUE, Columns, as_number, read_frame
from bench.tables.text_file import plain_name


@dataclass(frozen=True, kw_only=True)
class PredictionFile:
    """Architectures as the file writes them, scores (higher is better), and the location of each ("line 3", "key 'x'").

    `path` is the file, or the first of several `parts` of one submission, each with its number of entries. The
    locations of several begin with the file. `column` is the name of the scores in the file, empty if it has none.
    """

    path: Path
    archs: Sequence[Any]
    scores: Float[np.ndarray, "entry"]
    where: list[str]
    parts: tuple[tuple[Path, int], ...] = ()
    column: str = ""

    @property
    def name(self) -> str:
        """Return the name of the row: that of the file, without its ending."""
        more = f" and {len(self.parts) - 1} more" if len(self.parts) > 1 else ""
        return plain_name(self.path) + more

    @property
    def sha256(self) -> str:
        """Return the digest of the file; of several, that of their digests."""
        if len(self.parts) < 2:
            return file_sha256(self.path)
        return hashlib.sha256("\n".join(file_sha256(path) for path, _ in self.parts).encode()).hexdigest()

    def place(self, entry: int) -> str:
        """Return the file and the location of an entry, for errors."""
        return self.where[entry] if len(self.parts) > 1 else f"{self.path}, {self.where[entry]}"


def read_submission(
    paths: Sequence[Path], columns: Columns = USUAL, lower_is_better: bool | None = None
) -> PredictionFile:
    """Return the predictions of one file, or of several that are parts of one set of predictions.

    Raises `DataError` as `read_predictions` does, and for a file that is given twice.
    """
    if len(paths) == 1:
        return read_predictions(paths[0], columns, lower_is_better)
    for path in paths:
        if sum(path.resolve() == other.resolve() for other in paths) > 1:
            raise DataError(f"{path} is given twice; name every part of the predictions once")
    files = [read_predictions(path, columns, lower_is_better) for path in paths]
    called = {file.column for file in files}
    return PredictionFile(
        path=paths[0],
        archs=[arch for file in files for arch in file.archs],
        scores=np.concatenate([file.scores for file in files]),
        where=[file.place(entry) for file in files for entry in range(len(file.archs))],
        parts=tuple((file.path, len(file.archs)) for file in files),
        column=called.pop() if len(called) == 1 else "",
    )


def read_predictions(path: Path, columns: Columns = USUAL, lower_is_better: bool | None = None) -> PredictionFile:
    """Return the predictions of a CSV, TSV or JSON file; raises `DataError` naming file, line or key, and value.

    `columns` names the two that are read. By default, ignoring case, spaces and `_`, exactly one is called arch,
    architecture, arch_str, arch_string or architecture_string, and exactly one score, acc, accuracy, prediction or
    predicted; other columns are ignored. JSON: see `bench.tables.frame.FORMS`. A diverged score is nan or inf, or null
    in JSON.

    With `lower_is_better` all scores change sign. Only if it is given, True or False, a column of losses or errors is
    read too; if lower is better it is preferred.
    """
    if not path.is_file():
        raise DataError(
            f"{path} {'is a folder' if path.is_dir() else 'does not exist'}; give a CSV or JSON file of predictions"
        )
    frame = read_frame(path, columns)
    if not frame.rows:
        raise DataError(f"{path} holds no predictions; write one architecture and its score per row")
    frame.check_chosen(columns)
    arch, score = KEY, VALUE
    if not frame.of_pairs:
        arch = frame.column(ARCH_COLUMNS, columns.arch)
        score = frame.column(score_columns(frame.names, lower_is_better), columns.value, "--column")
        check_direction(path, frame.header, score, lower_is_better)
    sign = -1.0 if lower_is_better else 1.0
    return PredictionFile(
        path=path,
        archs=[cell for _, cell in frame.cells(arch)],
        scores=sign * np.array([_number(path, where, cell) for where, cell in frame.cells(score)]),
        where=[where for where, _ in frame.rows],
        column="" if frame.of_pairs else score,
    )


def predictions_of(scores: Mapping[Any, Any], name: str = "predictions") -> PredictionFile:
    """Return predictions in memory, architecture -> score, higher is better; raises `DataError` naming the entry.

    >>> predictions_of({"|none~0|": 0.5, "|skip_connect~0|": None}).scores
    array([0.5, nan])
    """
    if not scores:
        raise DataError(f"{name} holds no predictions; give architecture -> score")
    for arch in scores:
        if not isinstance(arch, str):
            raise DataError(f"{name}: architecture {shown(repr(arch), ARCH)} is no string; spell it as tables do")
    where = [f"entry '{shown(arch, ARCH)}'" for arch in scores]
    plain = [score.item() if isinstance(score, np.generic) else score for score in scores.values()]
    numbers = [_number(Path(name), place, score) for place, score in zip(where, plain, strict=True)]
    return PredictionFile(path=Path(name), archs=list(scores), scores=np.array(numbers), where=where)


def _number(path: Path, place: str, score: Any) -> float:
    number = as_number(score)
    if number is None:
        raise DataError(
            f"{path}, {place}: score {shown(repr(score))} is not a number; write nan where a prediction diverged, "
            "and a point before decimals"
        )
    return number
