"""The trainings of one architecture as NAS-Bench-201 and NATS-Bench store them, gathered into tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from bench.errors import DataError
from bench.tables.check import FileRows, checked_table
from bench.tables.table import Table

Wanted = TypeVar("Wanted")

SPLITS = {
    "cifar10-valid": {"x-valid": "valid", "ori-test": "test"},
    "cifar10": {"ori-test": "test"},
    "cifar100": {"x-valid": "valid", "x-test": "test", "ori-test": "valtest"},
    "ImageNet16-120": {"x-valid": "valid", "x-test": "test", "ori-test": "valtest"},
}
"""The splits for the API's names of evaluation sets; `valtest` is the validation and the test half together."""

COSTS = {"params": "params", "flops": "flop"}
MILLION = 1e6
"""Both costs are recorded in millions."""

TRUSTED_SEED = 888
"""If the seeds of an architecture record different costs, the benchmark's API takes those of this seed."""


class TrialTables:
    """Unfinished tables of a space, one per data set, split and budget, each [size, seed]; NaN where none was added."""

    def __init__(self, path: Path, size: int, space: str) -> None:
        self.path, self._space = path, space
        self.keys = [""] * size
        self.archs = [""] * size
        self._accuracy: dict[str, dict[int, np.ndarray]] = {}
        self._costs: dict[str, dict[str, np.ndarray]] = {}

    def add(self, row: int, key: str, results: object) -> None:
        """Put the last epoch of every training in `results` (one architecture, one budget) into `row`."""
        try:
            found = _of_type(dict, results)
            self.keys[row], self.archs[row] = key, _of_type(str, found["arch_str"])
            for (dataset, seed), trial in _of_type(dict, found["all_results"]).items():
                _of_type(int, seed)
                for split, accuracy in last_epoch(_of_type(str, dataset), _of_type(dict, trial)).items():
                    name = f"{self._space}/{dataset.lower()}/{split}/{trial['epochs']}ep"
                    self._column(self._accuracy.setdefault(name, {}), seed)[row] = accuracy
                    for cost, recorded in COSTS.items():
                        column = self._column(self._costs.setdefault(name, {}), cost)
                        if np.isnan(column[row]) or seed == TRUSTED_SEED:
                            column[row] = np.rint(MILLION * _number(trial[recorded]))
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise DataError(
                f"{self.path}, {key}: not the results of an architecture ({type(error).__name__}: {error}); copy the "
                "file again"
            ) from error

    def tables(self, *, citation: str, source_sha256: str) -> list[Table]:
        """Return all tables, sorted by name, each with the architectures that have at least one of its seeds."""
        return [self._table(name, citation=citation, source_sha256=source_sha256) for name in sorted(self._accuracy)]

    def _table(self, name: str, *, citation: str, source_sha256: str) -> Table:
        columns = self._accuracy[name]
        seeds = sorted(columns)
        accuracy = np.stack([columns[seed] for seed in seeds], axis=1)
        present = np.flatnonzero(~np.isnan(accuracy).all(axis=1))
        rows = FileRows(
            path=self.path,
            keys=[self.keys[row] for row in present],
            archs=[self.archs[row] for row in present],
            accuracy=accuracy[present],
            seeds=tuple(str(seed) for seed in seeds),
            costs={cost: values[present] for cost, values in self._costs[name].items()},
            in_percent=True,  # by the benchmark's API
        )
        source = f"{self.path.name}: last epoch of each training"
        return checked_table(rows, name, source=source, citation=citation, source_sha256=source_sha256)

    def _column(self, columns: dict[Any, np.ndarray], key: Any) -> np.ndarray:
        if key not in columns:
            columns[key] = np.full(len(self.archs), np.nan)
        return columns[key]


def _of_type(wanted: type[Wanted], value: Any) -> Wanted:
    """Return the value; raises `TypeError` for another type, such as a tensor that would pass for a number."""
    if not isinstance(value, wanted):
        raise TypeError(f"{type(value).__name__} in the place of {wanted.__name__}")
    return value


def _number(value: Any) -> float:
    if not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"{type(value).__name__} in the place of a number")
    return float(value)


def last_epoch(dataset: str, trial: Mapping[str, Any]) -> dict[str, float]:
    """Return the accuracy after the last epoch of one training, in percent, by split.

    Splits of data sets other than the benchmark's four keep their names in the file.
    """
    last = _of_type(dict, trial)["epochs"] - 1
    names = SPLITS.get(_of_type(str, dataset), {})
    found = _of_type(dict, trial["eval_acc1es"])
    evaluated = {
        names.get(name, name): _number(found[f"{name}@{last}"])
        for name in map(str, trial["eval_names"])
        if f"{name}@{last}" in found
    }
    return {"train": _number(_of_type(dict, trial["train_acc1es"])[last]), **evaluated}
