"""Kendall's tau that weights a discordant pair at the top more than one at the bottom."""

import numpy as np

from bench.scores.diverged import of_unit_size
from bench.scores.metrics import Metric
from bench.scores.resampling.concordance import Ranks, grouped, running_sum, weighted_sum
from bench.scores.resampling.resamples import PerResample, Resamples
from bench.types import PerArch


def weighted_tau(prediction: PerArch, truth: PerArch) -> float:
    """Return `scipy.stats.weightedtau(rank=True)`: a pair's weight is the sum of its two 1 / rank; 1 is best.

    `rank=True` averages the value with ranks by prediction and the value with ranks by truth; rank 1 is the highest.
    """
    from scipy.stats import weightedtau

    return float(weightedtau(of_unit_size(prediction), truth, rank=True).statistic)  # SciPy sums the values


def weighted_tau_resampled(resamples: Resamples) -> PerResample:
    """Return the same of every resample."""
    x, y = resamples.by_prediction.ranks, resamples.by_truth.ranks
    return (_ranked_by_first(resamples, x, y) + _ranked_by_first(resamples, y, x)) / 2


def _ranked_by_first(resamples: Resamples, first: Ranks, second: Ranks) -> PerResample:
    """Return weighted tau with ranks by the first side, descending; ties are broken by the second side."""
    best_first = np.lexsort((second, first))[::-1]
    places = running_sum(resamples.drawn[best_first]).astype(np.int32)
    harmonic = np.r_[0.0, np.cumsum(1 / np.arange(1, places[-1].max() + 1))]
    weights = np.empty(places.shape)
    weights[best_first] = np.diff(harmonic[places], axis=0, prepend=0.0)
    total = (resamples.sizes - 1) * harmonic[places[-1]]
    untied = [
        1 - ((ranking.sizes - 1) * grouped(ranking.ranks, weights)).sum(axis=0) / total
        for ranking in (resamples.by_prediction, resamples.by_truth)
    ]
    return weighted_sum(weights, resamples.net) / total / np.sqrt(untied[0]) / np.sqrt(untied[1])


WEIGHTED_KENDALL_TAU = Metric(
    name="weighted-kendall-tau",
    better="higher",
    low=-1,
    high=1,
    function=weighted_tau,
    resampled=weighted_tau_resampled,
)
