"""Kendall's tau with accuracies that differ too little to matter counted as ties: two readings."""

import numpy as np
from jaxtyping import Float

from bench.scores.counts import Counts
from bench.scores.kendall_tau import tau_b, tau_b_resampled
from bench.scores.metric import Metric
from bench.types import PerArch

THRESHOLD = 0.1
"""Percent: the paper's 0.1 %, and 1e-3 in its code's logging during search."""


def rounded_truth_tau(prediction: PerArch, truth: PerArch, *, threshold: float) -> float:
    """Return tau-b with the truth alone rounded to multiples of `threshold` percent; 1 is best.

    Source: How to train your supernet, which rounds the ground truth to 0.1 % before Kendall's tau.
    """
    return tau_b(prediction, np.round(truth / threshold))


def rounded_truth_tau_resampled(
    prediction: PerArch, truth: PerArch, counts: Counts, *, threshold: float
) -> Float[np.ndarray, "resample"]:
    """Return the same of every resample."""
    return tau_b_resampled(prediction, np.round(truth / threshold), counts)


def kcyu_tau(prediction: PerArch, truth: PerArch, *, threshold: float) -> float:
    """Return tau-b as the code of How to train your supernet computes it (compute_sparse_rank_metric); 1 is best.

    The truth, as a fraction, is floored to bins of `threshold`; x is the sequence of bins in the order of the
    truth, y in the order of the prediction. So both sides carry the truth's histogram of bins.
    Differs from the code: equal predictions, whose order the code leaves to the sort, are ordered against the
    predictor, the truly better first.

    >>> truth = np.array([90.01, 90.02, 91.0, 92.0])
    >>> kcyu_tau(np.array([1.0, 2.0, 4.0, 3.0]), truth, threshold=1e-3).round(4)  # (4 - 1) / 5
    np.float64(0.6)
    """
    bins = np.unique(np.floor(truth / 100 / threshold), return_inverse=True)[1].astype(float)
    return tau_b(np.sort(bins), bins[np.lexsort((-truth, prediction))])


TRUTH = Metric(
    name="sparse-kendall-tau/truth-0.1%",
    better="higher",
    low=-1,
    high=1,
    function=rounded_truth_tau,
    settings={"threshold": THRESHOLD},
    resampled=rounded_truth_tau_resampled,
    undefined="the truth is constant after rounding to 0.1 %",
)
KCYU = Metric(
    name="sparse-kendall-tau/kcyu-1e-3",
    better="higher",
    low=-1,
    high=1,
    function=kcyu_tau,
    settings={"threshold": THRESHOLD / 100},
    undefined="all truths fall into one bin of 0.1 %",
)
