"""Predictions that are NaN or infinite: counted, and ranked last."""

import numpy as np

from bench.types import PerArch


def degenerate(prediction: PerArch) -> int:
    """Return how many predictions are NaN or infinite."""
    return int(np.count_nonzero(~np.isfinite(prediction)))


def settled(prediction: PerArch) -> PerArch:
    """Return the predictions with every NaN or infinite one tied last, just below the lowest finite one.

    >>> settled(np.array([3.0, np.nan, 2.0, np.inf])).round(6).tolist()
    [3.0, 2.0, 2.0, 2.0]
    """
    finite = np.isfinite(prediction)
    if finite.all():
        return prediction
    lowest = prediction[finite].min() if finite.any() else 0.0
    return np.where(finite, prediction, np.nextafter(lowest, -np.inf))
