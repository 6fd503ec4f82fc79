"""Kendall's tau where nearly equal accuracies count as ties: three definitions."""

import numpy as np

from bench.scores.metrics import Metric
from bench.scores.metrics.kendall_tau import tau_b, tau_b_between
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
    rounded = resamples.ranked(np.round(resamples.truth / threshold))
    return tau_b_between(resamples, resamples.by_prediction, rounded)


def kcyu_tau(prediction: PerArch, truth: PerArch, *, threshold: float) -> float:
    """Return tau-b as the code of How to train your supernet computes it (compute_sparse_rank_metric); 1 is best.

    The truth, as a fraction, is floored to bins of `threshold`; x is the sequence of bins in the order of the
    truth, y in the order of the prediction. So both sides have the truth's histogram of bins.
    That code sorts predictions by NumPy's argsort, which leaves equal ones in an arbitrary order; this is the mean over
    all their orders, and does not depend on the order of the architectures.

    >>> truth = np.array([90.01, 90.02, 91.0, 92.0])
    >>> round(kcyu_tau(np.array([1.0, 2.0, 4.0, 3.0]), truth, threshold=1e-3), 4)  # (4 - 1) / 5
    0.6
    """
    once = np.ones((len(truth), 1), dtype=np.float32)
    with np.errstate(invalid="ignore"):
        return float(kcyu_tau_resampled(Resamples(prediction, truth, once), threshold=threshold)[0])


def kcyu_tau_resampled(resamples: Resamples, *, threshold: float) -> PerResample:
    """Return `kcyu_tau` of every resample, from its contingency table of the bins of x and y.

    At the places of equal predictions every one of their bins is equally likely, so the table holds fractions: the sum
    over groups of equal predictions of their bins of x times their bins of y, divided by their number. Two places of
    one group are as often concordant as discordant, so that the expected difference is that of this table.
    """
    from scipy.sparse import csr_array

    bins, groups = Ranking(_bins(resamples.truth, threshold), resamples.drawn), dense_ranks(resamples.prediction)
    size, order = len(bins.sizes), np.argsort(groups, kind="stable")
    shape = int(groups.max(initial=0)) + 1, size
    x_times = np.ascontiguousarray(bins.sizes.T, dtype=np.int64)
    times = np.ascontiguousarray(resamples.drawn[order].T, dtype=np.int64)
    net = np.empty(len(resamples))
    for k, untied in enumerate(bins.untied_pairs):
        group = np.repeat(groups[order], times[k])
        share = 1 / np.bincount(group, minlength=shape[0])[group]
        of_x = csr_array((share, (group, np.repeat(np.arange(size), x_times[k]))), shape=shape)
        of_y = csr_array((np.ones(len(group)), (group, np.repeat(bins.ranks[order], times[k]))), shape=shape)
        net[k] = _net((of_x.T @ of_y).toarray(), untied)
    return net / bins.untied_pairs


def against_tau(prediction: PerArch, truth: PerArch, *, threshold: float) -> float:
    """Return `kcyu_tau` with equal predictions in the order that is worst for the predictor; 1 is best.

    Higher truth comes first among equal predictions, so that a coarse prediction gains nothing by its ties.

    >>> truth = np.array([90.0, 91.0, 92.0, 93.0])
    >>> against_tau(np.array([1.0, 1.0, 1.0, 2.0]), truth, threshold=1e-3).round(4)  # (3 - 3) / 6
    np.float64(0.0)
    """
    bins = _bins(truth, threshold).astype(np.float64)
    return tau_b(np.sort(bins), bins[np.lexsort((-truth, prediction))])


def against_tau_resampled(resamples: Resamples, *, threshold: float) -> PerResample:
    """Return `against_tau` of every resample, from its contingency table of the bins of x and y."""
    bins = Ranking(_bins(resamples.truth, threshold), resamples.drawn)
    order = np.lexsort((-resamples.truth, resamples.prediction))
    size = len(bins.sizes)
    x_times = np.ascontiguousarray(bins.sizes.T, dtype=np.int64)
    y_times = np.ascontiguousarray(resamples.drawn[order].T, dtype=np.int64)
    net = np.empty(len(resamples))
    for k, untied in enumerate(bins.untied_pairs):
        x = np.repeat(np.arange(0, size * size, size), x_times[k])
        y = np.repeat(bins.ranks[order], y_times[k])
        net[k] = _net(np.bincount(x + y, minlength=size * size).reshape(size, size), untied)
    return net / bins.untied_pairs


def _net(table: np.ndarray, untied: float) -> float:
    """Return concordant minus discordant of the ordered pairs of a table [bin of x, bin of y] with equal margins.

    Of n^2 ordered pairs, those untied on both sides are concordant or discordant; the concordant ones are
    counted from the table's running sums (Knight, 1966), which gives the others. x and y have equally many ties.
    """
    up_to = running_sum(np.cumsum(table, axis=1))
    concordant = 2 * np.einsum("xy,xy->", table[1:, 1:], up_to[:-1, :-1])
    untied_in_both = 2 * untied - table.sum() ** 2 + np.einsum("xy,xy->", table, table)
    return float(2 * concordant - untied_in_both)


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
AGAINST = Metric(
    name="sparse-kendall-tau/ties-against-1e-3",
    better="higher",
    low=-1,
    high=1,
    function=against_tau,
    settings={"threshold": THRESHOLD / 100},
    resampled=against_tau_resampled,
    undefined="all truths fall into one bin of 0.1 %",
)
