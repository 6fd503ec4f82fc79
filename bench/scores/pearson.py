"""Pearson's linear correlation."""

import numpy as np

from bench.scores.metric import Metric
from bench.types import PerArch


def pearson(prediction: PerArch, truth: PerArch) -> float:
    """Return the linear correlation; range -1 to 1, 1 is best, the sign is kept.

    A diverged prediction counts as the lowest finite one.

    >>> round(pearson(np.array([1.0, 2.0, 3.0, 4.0]), np.array([90.0, 91.0, 93.0, 92.0])), 4)  # 4 / 5
    0.8
    """
    with np.errstate(all="ignore"):
        return float(np.corrcoef(prediction, truth)[0, 1])


PEARSON = Metric(name="pearson", better="higher", low=-1, high=1, function=pearson)
