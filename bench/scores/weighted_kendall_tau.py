"""Kendall's tau that weighs an exchange at the top more than one at the bottom."""

import numpy as np
from jaxtyping import Float

from bench.scores.concordance import concordance, dense_ranks
from bench.scores.counts import Counts, group_counts
from bench.scores.metric import Metric
from bench.types import PerArch


def weighted_tau(prediction: PerArch, truth: PerArch) -> float:
    """Return `scipy.stats.weightedtau(rank=True)`: hyperbolic weights 1 / rank, added over a pair; 1 is best.

    `rank=True` averages the value with ranks by prediction and the value with ranks by truth, rank 1 the highest.
    """
    from scipy.stats import weightedtau

    return float(weightedtau(prediction, truth, rank=True).statistic)


def weighted_tau_resampled(prediction: PerArch, truth: PerArch, counts: Counts) -> Float[np.ndarray, "resample"]:
    """Return the same of every resample."""
    x, y = dense_ranks(prediction), dense_ranks(truth)
    return (_ranked_by_first(x, y, counts) + _ranked_by_first(y, x, counts)) / 2


def _ranked_by_first(x: np.ndarray, y: np.ndarray, counts: Counts) -> Float[np.ndarray, "resample"]:
    """Return weighted tau with ranks by decreasing x, and by decreasing y where x ties."""
    best_first = np.lexsort((y, x))[::-1]
    places = np.cumsum(counts[:, best_first], axis=1)
    harmonic = np.r_[0.0, np.cumsum(1 / np.arange(1, places[0, -1] + 1))]
    weights = np.empty(counts.shape)
    weights[:, best_first] = np.diff(harmonic[places], prepend=0.0, axis=1)
    total = (places[:, -1] - 1) * weights.sum(axis=1)
    untied = [1 - ((group_counts(r, counts) - 1) * _sums(r, weights)).sum(axis=1) / total for r in (x, y)]
    untied = [np.where(share < 1e-12, 0.0, share) for share in untied]
    with np.errstate(invalid="ignore"):
        return concordance(x, y, weights, counts) / total / np.sqrt(untied[0]) / np.sqrt(untied[1])


def _sums(ranks: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.stack([np.bincount(ranks, sample, ranks.max() + 1) for sample in weights])


WEIGHTED_KENDALL_TAU = Metric(
    name="weighted-kendall-tau",
    better="higher",
    low=-1,
    high=1,
    function=weighted_tau,
    resampled=weighted_tau_resampled,
)
