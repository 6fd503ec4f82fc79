"""`nasbench_only108.tfrecord`, `nasbench_full.tfrecord`, and EC-NAS' files of the same form, without TensorFlow."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bench.errors import DataError
from bench.files import file_sha256
from bench.spaces.nb101.graphs import VERTICES
from bench.tables.nb101_cells import check_hashes
from bench.tables.nb101_trainings import EC_NAS, EC_NAS_CITATION, SPLITS, Trainings
from bench.tables.readers import Reader
from bench.tables.table import Table
from bench.untrusted.protobuf import double, fields
from bench.untrusted.tfrecord import records

EVALUATIONS, PARAMETERS, ENERGY = 1, 2, 4
"""Fields of a training's message; the last one only in EC-NAS' files."""
EPOCH, ACCURACIES = 1, {3: "train", 4: "valid", 5: "test"}
"""Fields of an evaluation; the accuracies are fractions."""
PARTS = (str, int, str, str, str)
NEAR = 0.05
"""An evaluation counts as one after all, or half, of the epochs if it is so close, as a fraction of them."""


@dataclass(frozen=True)
class Training:
    """One record: the cell, the epochs, and its evaluations as (epoch, accuracy in percent by split)."""

    cell: str
    hash: str
    epochs: int
    evaluations: tuple[tuple[float, dict[str, float]], ...]
    params: float
    has_energy: bool


@dataclass(frozen=True, kw_only=True)
class NB101Tfrecord(Reader):
    """Tables `nb101/cifar10/<split>/<epochs>ep` and `.../<epochs>ep-halfway`, one column per training of a cell.

    Checksums, hashes and accuracies of every record are checked. Source: Ying et al., NAS-Bench-101 (ICML 2019) and its
    code (api.py, model_metrics.proto).
    """

    form: ClassVar[str] = "NAS-Bench-101 or EC-NAS .tfrecord"

    def recognizes(self, path: Path) -> bool:
        return path.suffix == ".tfrecord"

    def release(self, path: Path) -> str:
        """Return `nasbench` or `ec-nas`, by whether the first training records its energy."""
        return EC_NAS if any(training.has_energy for _, training in _trainings(path, most=1)) else "nasbench"

    def read(self, path: Path) -> list[Table]:
        found, hashes, energy = Trainings(path), dict[str, tuple[str, str]](), False
        for where, training in _trainings(path):
            energy |= training.has_energy
            if hashes.setdefault(training.cell, (where, training.hash))[1] != training.hash:
                raise DataError(
                    f"{path}, {where}: the hash '{training.hash}' is not that of the same graph in "
                    f"{hashes[training.cell][0]}; copy the file again"
                )
            middle, (_, last) = training.evaluations[1], training.evaluations[-1]
            found.add(where, training.cell, training.epochs, last, params=training.params)
            if abs(middle[0] / training.epochs - 0.5) < NEAR:
                found.add(where, training.cell, training.epochs, middle[1], params=training.params, halfway=True)
        if not hashes:
            raise DataError(f"{path} holds no record; copy the file again")
        places = [where for where, _ in hashes.values()]
        check_hashes(path, places, list(hashes), [own for _, own in hashes.values()])
        return found.tables(
            release=EC_NAS if energy else "",
            source=f"{path.name}: fractions times 100",
            citation=EC_NAS_CITATION if energy else "Ying et al., NAS-Bench-101, ICML 2019",
            source_sha256=file_sha256(path),
        )


def _trainings(path: Path, most: int | None = None) -> Iterator[tuple[str, Training]]:
    """Yield "record k" and the training of each record."""
    for number, data in records(path):
        if most is not None and number > most:
            return
        where = f"record {number}"
        try:
            yield where, _training(data)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path}, {where} is no training of a cell: {error}; copy the file again") from error


def _training(data: bytes) -> Training:
    """Return the training of a record; raises `ValueError` saying what is wrong."""
    parts = json.loads(data)
    if not isinstance(parts, list) or [type(part) for part in parts] != list(PARTS):
        raise ValueError("expected a JSON list of hash, epochs, matrix, operations and metrics")
    own_hash, epochs, matrix, operations, metrics = parts
    if epochs < 1:
        raise ValueError(f"{epochs} epochs")
    side = next((count for count in range(2, VERTICES + 1) if count**2 == len(matrix)), 0)
    if not side:
        raise ValueError(f"a matrix of {len(matrix)} digits; expected the square of 2 to {VERTICES} vertices")
    rows = "/".join(matrix[start : start + side] for start in range(0, len(matrix), side))
    evaluations, params, has_energy = [], float("nan"), False
    for field, value in fields(base64.b64decode(metrics)):
        if field == EVALUATIONS and isinstance(value, bytes):
            evaluations.append(_evaluation(value))
        elif field == PARAMETERS and isinstance(value, int):
            params = float(value)
        has_energy |= field == ENERGY
    if len(evaluations) < 2 or abs(evaluations[-1][0] / epochs - 1) > NEAR:
        raise ValueError(f"{len(evaluations)} evaluations, the last of which is not after all {epochs} epochs")
    return Training(
        cell=f"{rows}:{operations.replace(',', '+')}",
        hash=own_hash,
        epochs=epochs,
        evaluations=tuple(evaluations),
        params=params,
        has_energy=has_energy,
    )


def _evaluation(message: bytes) -> tuple[float, dict[str, float]]:
    epoch, accuracies = float("nan"), {}
    for field, value in fields(message):
        if field == EPOCH:
            epoch = double(value)
        elif field in ACCURACIES:
            accuracies[ACCURACIES[field]] = 100 * double(value)
    if set(accuracies) != set(SPLITS):
        raise ValueError(
            f"an evaluation has accuracies on {', '.join(accuracies) or 'nothing'}; expected all of {SPLITS}"
        )
    return epoch, accuracies
