"""The best of a search after every evaluation, and numbers of it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from bench.types import PerArch


@dataclass(frozen=True, eq=False)
class BestSoFar:
    """After each evaluation: the earliest architecture of the best score, how many have it, and their mean numbers."""

    first: Int[np.ndarray, "evaluation"]
    ties: Int[np.ndarray, "evaluation"]
    means: Float[np.ndarray, "evaluation column"]


def best_so_far(scores: PerArch, columns: Float[np.ndarray, "arch column"]) -> BestSoFar:
    """Return the best by `scores`, higher is better, after each evaluation, in the order asked.

    Where several architectures tie for the best, `means` is the mean of their `columns`: what one drawn at random has
    on average. An unknown number (NaN) among them makes the mean NaN.

    >>> found = best_so_far(np.array([1.0, 3.0, 3.0, 2.0]), np.array([[90.0], [92.0], [94.0], [95.0]]))
    >>> found.first.tolist(), found.ties.tolist(), found.means[:, 0].tolist()
    ([0, 1, 1, 1], [1, 1, 2, 2], [90.0, 92.0, 93.0, 93.0])
    """
    reached = scores == np.fmax.accumulate(scores)  # a new best, or one that ties with it
    reached[:1] = True
    places = np.flatnonzero(reached)
    first, ties = np.empty(len(places), dtype=np.int64), np.empty(len(places), dtype=np.int64)
    means = np.empty((len(places), columns.shape[1]), dtype=np.float64)
    best, total, count = -1, np.zeros(columns.shape[1]), 0
    for row, place in enumerate(places.tolist()):
        if best < 0 or scores[place] > scores[best]:
            best, total, count = place, columns[place].astype(np.float64), 1
        elif scores[place] == scores[best]:
            total, count = total + columns[place], count + 1
        first[row], ties[row], means[row] = best, count, total / count
    lasts = np.diff(places, append=len(scores))
    return BestSoFar(np.repeat(first, lasts), np.repeat(ties, lasts), np.repeat(means, lasts, axis=0))
