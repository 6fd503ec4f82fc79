"""Percent or fractions: accuracies whose unit is in doubt are refused, never guessed."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.errors import DataError

ABOVE = 1.2
"""A value that as a fraction would be at most this multiple of the largest accuracy is taken for a fraction."""


def check_units(accuracy: np.ndarray, path: Path, keys: Sequence[str], seeds: Sequence[str]) -> None:
    """Raise `DataError` if accuracies, [row, seed], NaN where absent, are or contain fractions.

    A value of at most 1 beside larger ones is doubted if it would be a plausible accuracy as a fraction. The chance
    level of 100 classes or more, at most 1 %, is none: as a fraction it would lie above every other accuracy.
    So would a lone fraction beside accuracies near 1 %: which of the two it is cannot be told, `taken_as_percent` says.
    """
    largest = np.nanmax(accuracy)
    if largest <= 1:
        raise DataError(
            f"{path}: the largest accuracy is {largest:g}, so these are fractions; tables are in percent, "
            "multiply every accuracy by 100, or add --percent if they are percent"
        )
    doubted = like_fractions(accuracy)
    if doubted.any():
        row, seed = np.argwhere(doubted)[0]
        raise DataError(
            f"{path}, {keys[row]}: accuracy {accuracy[row, seed]:g} of seed {seeds[seed]} looks like a fraction beside "
            f"accuracies up to {largest:g}; write every accuracy in percent, or add --percent if this is percent"
        )


def like_fractions(accuracy: np.ndarray) -> np.ndarray:
    """Return which accuracies would be plausible as fractions beside the largest one, which is in percent.

    >>> like_fractions(np.array([90.0, 0.89, 1.2, 0.0])).tolist()
    [False, True, False, False]
    """
    return (accuracy > 0) & (accuracy <= 1) & (100 * accuracy <= ABOVE * np.nanmax(accuracy))


def taken_as_percent(accuracy: np.ndarray) -> str:
    """Return how many accuracies above 0 are at most 1, so that a fraction among them can be seen; "" if none is.

    >>> taken_as_percent(np.array([[1.2, 0.9], [0.0, np.nan]]))
    '1 accuracy of at most 1 read as percent, not as a fraction'
    """
    low = int(np.count_nonzero((accuracy > 0) & (accuracy <= 1)))
    if low == 1:
        return "1 accuracy of at most 1 read as percent, not as a fraction"
    return f"{low:,} accuracies of at most 1 read as percent, not as fractions" if low else ""
