"""Spearman's rank correlation."""

import numpy as np

from bench.scores.metrics import Metric
from bench.scores.resampling.resamples import PerResample, Ranking, Resamples, weighted_sum
from bench.types import PerArch


def spearman(prediction: PerArch, truth: PerArch) -> float:
    """Return Pearson's correlation of the ranks, ties at their mean rank; range -1 to 1, 1 is best.

    >>> round(spearman(np.array([1.0, 2.0, 3.0, 4.0]), np.array([90.0, 91.0, 93.0, 92.0])), 4)  # 1 - 6 * 2 / 60
    0.8
    """
    from scipy.stats import spearmanr

    return float(spearmanr(prediction, truth).statistic)


def spearman_resampled(resamples: Resamples) -> PerResample:
    """Return the same of every resample."""
    x, y = resamples.by_prediction.centred, resamples.by_truth.centred
    covariance = weighted_sum(resamples.drawn * x, y)
    return covariance / np.sqrt(_spread(resamples.by_prediction)) / np.sqrt(_spread(resamples.by_truth))


def _spread(ranking: Ranking) -> PerResample:
    """Return the sum of squared deviations of the mean ranks: (n^3 - sum over tie groups of size^3) / 12."""
    sizes = ranking.sizes.astype(np.float64)
    return (sizes.sum(axis=0) ** 3 - np.einsum("rs,rs->s", sizes * sizes, sizes)) / 12  # whole numbers: exact


SPEARMAN = Metric(name="spearman", better="higher", low=-1, high=1, function=spearman, resampled=spearman_resampled)
