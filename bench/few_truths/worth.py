"""Means over draws and seeds with intervals, and what a supernet is worth, in truths."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from bench.rng import stream
from bench.scores.interval import RESAMPLES, Value, over_both

ByDraw = Float[np.ndarray, "seed draw"]


def mean_over_draws(scores: ByDraw, n: int) -> Value:
    """Return the mean of scores with its 95 % interval, over draws (bootstrap) and seeds (Student t) in quadrature.

    `n` is the number of architectures of each score. Calls with equally many draws use the same resamples.
    """
    draws = scores.shape[1]
    taken = stream(0, "few-truths/resamples").multinomial(draws, np.full(draws, 1 / draws), size=RESAMPLES)
    return over_both(scores.mean(axis=1), scores @ (taken.T / draws), n)


def worth(
    with_supernet: ByDraw, without: Float[np.ndarray, "count draw"], counts: Sequence[int], n: int
) -> tuple[float, float, float]:
    """Return how many truths without a supernet rank as well as some truths with it, and the bounds of that number.

    `with_supernet` are the scores with these truths, `without` those of the same draws for each of the ascending
    `counts` of truths without a supernet. Between these the scores are taken as linear in the logarithm of the count.
    The number is where the mean difference of the two is 0, its 95 % interval all numbers where the interval of the
    difference holds 0. 0: fewer than the smallest count; infinite: more than the largest.

    >>> alone = np.array([[0.5, 0.5], [0.6, 0.6], [0.7, 0.7]])
    >>> [round(float(one), 1) for one in worth(np.array([[0.6, 0.6], [0.7, 0.7]]), alone, (20, 40, 80), 9)][0]
    56.6
    """
    every = [mean_over_draws(with_supernet - alone, n) for alone in without]
    at, low, high = (
        _first_not_above(counts, [getattr(one, name) for one in every]) for name in ("value", "low", "high")
    )
    return at, low, high


def _first_not_above(counts: Sequence[int], differences: Sequence[float]) -> float:
    """Return the first count at which a difference, linear in the logarithm between counts, is not above 0."""
    if differences[0] <= 0:
        return float(counts[0]) if differences[0] == 0 else 0.0
    for place in range(1, len(counts)):
        before, after = differences[place - 1], differences[place]
        if after <= 0:
            share = before / (before - after)
            return float(counts[place - 1] * (counts[place] / counts[place - 1]) ** share)
    return float("inf")
