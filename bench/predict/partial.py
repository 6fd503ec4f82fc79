"""Predictions of the architectures asked so far, on disk, so that a killed run continues."""

from pathlib import Path

import numpy as np

from bench.files import write_whole
from bench.types import PerArch


class PartialPredictions:
    """Accuracy, negative cross-entropy and seconds of the architectures asked so far, in the order asked.

    Without a path they are kept in memory alone.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.values = np.empty((0, 3))
        if path and path.is_file():
            try:
                self.values = np.load(path, allow_pickle=False)
            except (OSError, ValueError, EOFError):
                path.unlink()  # written whole or not at all, so this is a foreign or damaged file: ask again

    def __len__(self) -> int:
        return len(self.values)

    @property
    def seconds(self) -> float:
        """Return the time spent on all predictions kept, in this process and in killed ones before it."""
        return float(self.values[:, 2].sum())

    def append(self, accuracy: PerArch, negative_cross_entropy: PerArch, seconds: float) -> None:
        """Add the next architectures, in the order asked, and the time that they took."""
        share = np.full(len(accuracy), seconds / len(accuracy))
        new = np.stack([accuracy, negative_cross_entropy, share], axis=1)
        self.values = np.concatenate([self.values, new])
        if self.path:
            write_whole(self.path, lambda file: np.save(file, self.values))
