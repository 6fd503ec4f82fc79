"""Predictions made so far, on disk, so that a killed run continues."""

from pathlib import Path

import numpy as np

from bench.files import remedy_of_reading, write_whole
from bench.types import PerArch
from bench.untrusted.npz import read_npy


def _read(path: Path) -> np.ndarray:
    values = read_npy(path)
    if values.ndim != 2 or values.shape[1] != 3 or values.dtype != np.float64:
        raise ValueError(f"{values.dtype} {values.shape} are no predictions")
    return values


class PartialPredictions:
    """Accuracy, negative cross-entropy and seconds of the architectures predicted so far, in order.

    Without a path they are kept only in memory.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.values = np.empty((0, 3))
        if path and path.is_file():
            try:
                self.values = _read(path)
            except Exception as error:
                remedy_of_reading(path, error, "")
                path.unlink()  # writes are atomic, so this file is foreign or damaged: predict again

    def __len__(self) -> int:
        return len(self.values)

    @property
    def seconds(self) -> float:
        """Return the seconds spent on all predictions kept, including those of killed processes."""
        return float(self.values[:, 2].sum())

    def append(self, accuracy: PerArch, negative_cross_entropy: PerArch, seconds: float) -> None:
        """Add the predictions of the next architectures, and the seconds that they took together."""
        share = np.full(len(accuracy), seconds / len(accuracy))
        new = np.stack([accuracy, negative_cross_entropy, share], axis=1)
        self.values = np.concatenate([self.values, new])
        if self.path:
            write_whole(self.path, lambda file: np.save(file, self.values))
