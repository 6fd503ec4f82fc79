"""Spearman's rank correlation."""

import numpy as np
from jaxtyping import Float

from bench.scores.concordance import dense_ranks
from bench.scores.counts import Counts, mid_ranks
from bench.scores.metric import Metric
from bench.types import PerArch


def spearman(prediction: PerArch, truth: PerArch) -> float:
    """Return Pearson's correlation of the ranks, ties at their mean rank; range -1 to 1, 1 is best.

    >>> round(spearman(np.array([1.0, 2.0, 3.0, 4.0]), np.array([90.0, 91.0, 93.0, 92.0])), 4)  # 1 - 6 * 2 / 60
    0.8
    """
    from scipy.stats import spearmanr

    return float(spearmanr(prediction, truth).statistic)


def spearman_resampled(prediction: PerArch, truth: PerArch, counts: Counts) -> Float[np.ndarray, "resample"]:
    """Return the same of every resample."""
    middle = (counts.sum(axis=1, keepdims=True) + 1) / 2
    x, y = (mid_ranks(dense_ranks(values), counts) - middle for values in (prediction, truth))
    spread = np.einsum("sa,sa,sa->s", counts, x, x) * np.einsum("sa,sa,sa->s", counts, y, y)
    with np.errstate(invalid="ignore"):
        return np.einsum("sa,sa,sa->s", counts, x, y) / np.sqrt(spread)


SPEARMAN = Metric(name="spearman", better="higher", low=-1, high=1, function=spearman, resampled=spearman_resampled)
