"""Kendall's tau where nearly equal accuracies count as ties: two definitions."""

from dataclasses import replace

import numpy as np

from bench.scores.metrics import Metric
from bench.scores.metrics.kendall_tau import tau_b, tau_b_resampled
from bench.scores.resampling.concordance import Ranks, dense_ranks, running_sum
from bench.scores.resampling.resamples import PerResample, Ranking, Resamples
from bench.types import PerArch

THRESHOLD = 0.1
"""In percent: the paper's 0.1 %, which its code writes as 1e-3 when logging during search."""


def rounded_truth_tau(prediction: PerArch, truth: PerArch, *, threshold: float) -> float:
    """Return tau-b with only the truth rounded to multiples of `threshold` percent; 1 is best.

    Source: How to train your supernet, which rounds the ground truth to 0.1 % before Kendall's tau.
    """
    return tau_b(prediction, np.round(truth / threshold))


def rounded_truth_tau_resampled(resamples: Resamples, *, threshold: float) -> PerResample:
    """Return the same of every resample."""
    return tau_b_resampled(replace(resamples, truth=np.round(resamples.truth / threshold)))


def kcyu_tau(prediction: PerArch, truth: PerArch, *, threshold: float) -> float:
    """Return tau-b as the code of How to train your supernet computes it (compute_sparse_rank_metric); 1 is best.

    The truth, as a fraction, is floored to bins of `threshold`; x is the sequence of bins in the order of the
    truth, y in the order of the prediction. So both sides have the truth's histogram of bins.
    Differs from the code: equal predictions, whose order in the code depends on the sort, are put in the order that is
    worst for the predictor, higher truth first.

    >>> truth = np.array([90.01, 90.02, 91.0, 92.0])
    >>> kcyu_tau(np.array([1.0, 2.0, 4.0, 3.0]), truth, threshold=1e-3).round(4)  # (4 - 1) / 5
    np.float64(0.6)
    """
    bins = _bins(truth, threshold).astype(np.float64)
    return tau_b(np.sort(bins), bins[np.lexsort((-truth, prediction))])


def kcyu_tau_resampled(resamples: Resamples, *, threshold: float) -> PerResample:
    """Return `kcyu_tau` of every resample, from its contingency table of the bins of x and y.

    Of n^2 ordered pairs, those untied on both sides are concordant or discordant; the concordant ones are
    counted from the table's running sums (Knight, 1966), which gives the others. x and y have equally many ties.
    """
    bins = Ranking(_bins(resamples.truth, threshold), resamples.drawn)
    order = np.lexsort((-resamples.truth, resamples.prediction))
    size = len(bins.sizes)
    x_times = np.ascontiguousarray(bins.sizes.T, dtype=np.int64)
    y_times = np.ascontiguousarray(resamples.drawn[order].T, dtype=np.int64)
    net = np.empty(len(resamples))
    for k, untied in enumerate(bins.untied_pairs):
        x = np.repeat(np.arange(0, size * size, size), x_times[k])
        y = np.repeat(bins.ranks[order], y_times[k])
        table = np.bincount(x + y, minlength=size * size).reshape(size, size)
        up_to = running_sum(np.cumsum(table, axis=1))
        concordant = 2 * np.einsum("xy,xy->", table[1:, 1:], up_to[:-1, :-1])
        untied_in_both = 2 * untied - len(x) ** 2 + np.einsum("xy,xy->", table, table)
        net[k] = 2 * concordant - untied_in_both
    return net / bins.untied_pairs


def _bins(truth: PerArch, threshold: float) -> Ranks:
    return dense_ranks(np.floor(truth / 100 / threshold))


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
    resampled=kcyu_tau_resampled,
    undefined="all truths fall into one bin of 0.1 %",
)
