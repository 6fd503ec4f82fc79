"""Pearson's linear correlation."""

import numpy as np

from bench.scores.diverged import of_unit_size
from bench.scores.metrics import Metric
from bench.scores.resampling.resamples import PerResample, Resamples
from bench.types import PerArch

CANCELLED = 1e-6
"""A variance below this fraction of the mean square has lost six of the sixteen digits."""


def pearson(prediction: PerArch, truth: PerArch) -> float:
    """Return the linear correlation; range -1 to 1, 1 is best.

    A diverged prediction counts as the lowest finite one.

    >>> round(pearson(np.array([1.0, 2.0, 3.0, 4.0]), np.array([90.0, 91.0, 93.0, 92.0])), 4)  # 4 / 5
    0.8
    """
    with np.errstate(all="ignore"):
        return float(np.corrcoef(of_unit_size(prediction), truth)[0, 1])


def pearson_resampled(resamples: Resamples) -> PerResample:
    """Return `pearson` of every resample, from its sums of products; both sides are centred first.

    Where these sums cancel, as in a resample without the one huge prediction, it is computed from the resample itself.
    """
    x, y = (values - values.mean() for values in (of_unit_size(resamples.prediction), resamples.truth))
    moments = np.stack([x, y, x * x, y * y, x * y]) @ resamples.drawn.astype(np.float64) / resamples.sizes
    covariance, spread_x, spread_y = (
        moments[product] - moments[one] * moments[other] for product, one, other in ((4, 0, 1), (2, 0, 0), (3, 1, 1))
    )
    found = covariance / np.sqrt(spread_x) / np.sqrt(spread_y)
    cancelled = (spread_x < CANCELLED * moments[2]) | (spread_y < CANCELLED * moments[3])
    for k in np.flatnonzero(cancelled & ~resamples.constant):
        found[k] = pearson(*resamples.spelt_out(int(k)))
    return found


PEARSON = Metric(name="pearson", better="higher", low=-1, high=1, function=pearson, resampled=pearson_resampled)
