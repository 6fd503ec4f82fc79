"""The result of a search guided by the prediction: regret, and the probability to surpass random search."""

import numpy as np

from bench.scores.metrics import Metric
from bench.scores.resampling.concordance import weighted_sum
from bench.scores.resampling.resamples import PerResample, Resamples
from bench.types import PerArch

DRAWS = 10
"""Number of random architectures to surpass: n of Yu et al., Evaluating the search phase (ICLR 2020)."""


def regret(prediction: PerArch, truth: PerArch) -> float:
    """Return the best true accuracy minus that of the predicted best, percent; 0 is best.

    If several tie for the predicted best, the mean over them.

    >>> regret(np.array([1.0, 2.0, 2.0]), np.array([94.0, 93.0, 92.0]))
    1.5
    """
    return float(truth.max() - truth[prediction == prediction.max()].mean())


def regret_resampled(resamples: Resamples) -> PerResample:
    """Return the same of every resample."""
    best = resamples.true_top(1)
    picked = resamples.predicted_top(1)
    inside = picked.inside
    return resamples.truth[best.order[best.start]] - resamples.truth[picked.order] @ inside / inside.sum(axis=0)


def surpass_random(prediction: PerArch, truth: PerArch, *, draws: int) -> float:
    """Return (1 - r / r_max)^n: the probability that n random architectures are all worse than the predicted best.

    r is the true rank of the predicted best (1 = best, ties counted as better), r_max the size of the
    population, n the `draws`. 0 to 1, 1 is best. If several tie for the predicted best, the mean over them.

    >>> surpass_random(np.array([1.0, 2.0, 3.0, 4.0]), np.array([90.0, 91.0, 93.0, 92.0]), draws=2)  # rank 2 of 4
    0.25
    """
    picked = truth[prediction == prediction.max()]
    worse = np.searchsorted(np.sort(truth), picked, side="left") / len(truth)
    return float(np.mean(worse**draws))


def surpass_random_resampled(resamples: Resamples, *, draws: int) -> PerResample:
    """Return the same of every resample."""
    picked = resamples.predicted_top(1)
    inside, rank = picked.inside, resamples.by_truth.ranks[picked.order]
    worse = (resamples.by_truth.up_to[rank] - resamples.by_truth.sizes[rank]) / resamples.sizes
    return weighted_sum(worse**draws, inside) / inside.sum(axis=0)


REGRET = Metric(name="regret", better="lower", low=0, high=100, function=regret, resampled=regret_resampled)
SURPASS_RANDOM = Metric(
    name=f"surpass-random-search/n-{DRAWS}",
    better="higher",
    low=0,
    high=1,
    function=surpass_random,
    settings={"draws": DRAWS},
    resampled=surpass_random_resampled,
)
