"""Predictions that are NaN or infinite, which are counted and rank last, or too large to be squared."""

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


def of_unit_size(values: PerArch) -> PerArch:
    """Return finite values times the power of two that brings the largest magnitude to 0.5..1, so that squares exist.

    Exact, except for values 1e-308 times smaller than the largest, which become zero.

    >>> of_unit_size(np.array([2e300, -1e300, 0.0])).round(4).tolist()
    [0.7466, -0.3733, 0.0]
    """
    exponent = np.frexp(np.abs(values).max(initial=0.0))[1]
    return np.ldexp(values, -exponent)
