"""What a tau is made of: how far a prediction is the size of the networks, and how it ranks beyond that."""

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from bench.scores.diverged import settled
from bench.scores.metrics import Metric
from bench.scores.metrics.kendall_tau import tau_b, tau_b_between, tau_b_resampled
from bench.scores.resampling.concordance import Ranks, dense_ranks, total_concordance
from bench.scores.resampling.resamples import PerResample, Ranking, Resamples
from bench.tables.table import Table
from bench.types import PerArch

OF_SIZE_ITSELF = "tau-of-size"
WITH_SIZE, GIVEN_SIZE, EQUAL_SIZE = "tau-with-size", "partial-tau-given-size", "tau-among-equal-size"
ADDED = "tau-added-to-size"
ABOUT_SIZE = (
    "Of size: tau-b of the size as the prediction, on the architectures of the row. With size: tau-b of the prediction "
    "with the size, whatever the truth. Given size: Kendall's partial tau of prediction and truth. Equal size: tau-b "
    "over the pairs of networks of equal size. Added to size: how much higher tau-b is for the mean of two ranks, by "
    "prediction and by size, than for the size alone"
)
"""The metrics of `size_metrics`, in words."""


def sizes_of(table: Table) -> PerArch | None:
    """Return the size of each architecture of a table [arch], higher is larger; None if it is not known.

    The space says which cost it is (`Space.size_cost`); the table's costs replace the space's.
    """
    return table.known_costs.get(table.space.size_cost)


def size_metrics(size: PerArch | None) -> tuple[Metric, ...]:
    """Return the five metrics for architectures of these sizes [arch]; empty if the sizes are not known.

    An unknown size, NaN, counts as the smallest one.
    """
    if size is None:
        return ()
    constant = "prediction, truth or size is constant"
    as_size = f"{constant}, or prediction or truth ranks exactly as size does"
    no_pair = "no two architectures of equal size differ in prediction, or none in truth"
    beside = {"size": settled(np.asarray(size, dtype=np.float64))}
    described: tuple[
        tuple[str, Literal["higher", "neither"], float, Callable[..., Any], Callable[..., Any], str], ...
    ] = (
        (OF_SIZE_ITSELF, "neither", 1, tau_of_size, tau_of_size_resampled, constant),
        (WITH_SIZE, "neither", 1, tau_with_size, tau_with_size_resampled, constant),
        (GIVEN_SIZE, "higher", 1, partial_tau, partial_tau_resampled, as_size),
        (EQUAL_SIZE, "higher", 1, tau_among_equal, tau_among_equal_resampled, no_pair),
        (ADDED, "higher", 2, added_to_size, added_to_size_resampled, f"{constant}, or the two ranks cancel out"),
    )
    return tuple(
        Metric(
            name=name,
            better=better,
            low=-most,
            high=most,
            function=function,
            resampled=resampled,
            undefined=undefined,
            beside=beside,
        )
        for name, better, most, function, resampled, undefined in described
    )


def tau_of_size(prediction: PerArch, truth: PerArch, *, size: PerArch) -> float:
    """Return tau-b of size and truth, -1 to 1: what counting parameters reaches on the architectures of a row.

    The prediction is not used, so that a row of a masked space has its trivial predictor in its own space beside it.
    """
    return tau_b(size, truth)


def tau_of_size_resampled(resamples: Resamples, *, size: PerArch) -> PerResample:
    """Return `tau_of_size` of every resample."""
    return tau_b_between(resamples, resamples.ranked(size), resamples.by_truth)


def tau_with_size(prediction: PerArch, truth: PerArch, *, size: PerArch) -> float:
    """Return tau-b of prediction and size, -1 to 1; the truth is not used. NaN where either is constant.

    1: the prediction is the order of sizes. It has no direction: compare it with tau-b of the truth and size.
    """
    return tau_b(prediction, size)


def tau_with_size_resampled(resamples: Resamples, *, size: PerArch) -> PerResample:
    """Return `tau_with_size` of every resample."""
    return tau_b_between(resamples, resamples.by_prediction, resamples.ranked(size))


def partial_tau(prediction: PerArch, truth: PerArch, *, size: PerArch) -> float:
    """Return Kendall's partial tau of prediction p and truth g given size s, -1 to 1; 1 is best.

    (tau_pg - tau_ps tau_gs) / sqrt((1 - tau_ps^2)(1 - tau_gs^2)), each a tau-b. 0: the prediction knows nothing of the
    truth that the size does not. NaN where prediction or truth ranks exactly as size does. Source: Kendall, Partial
    rank correlation (Biometrika, 1942), for rankings without ties; with ties in size it is the usual extension.

    >>> p, g, s = np.array([1.0, 2, 3, 4]), np.array([1.0, 2, 4, 3]), np.array([1.0, 3, 2, 4])
    >>> round(partial_tau(p, g, size=s), 4)  # taus 4/6, 4/6 and 2/6
    0.6325
    """
    given = tau_b(prediction, size), tau_b(truth, size)
    return float(_partial(np.array(tau_b(prediction, truth)), *map(np.array, given)))


def partial_tau_resampled(resamples: Resamples, *, size: PerArch) -> PerResample:
    """Return `partial_tau` of every resample."""
    of_prediction = tau_with_size_resampled(resamples, size=size)
    of_truth = tau_b_between(resamples, resamples.by_truth, resamples.ranked(size))
    return _partial(tau_b_resampled(resamples), of_prediction, of_truth)


def _partial(tau: np.ndarray, of_prediction: np.ndarray, of_truth: np.ndarray) -> np.ndarray:
    left = (1 - of_prediction**2) * (1 - of_truth**2)
    known = left > 1e-12  # rounding leaves 1e-16 of an exact 1
    return np.where(known, (tau - of_prediction * of_truth) / np.sqrt(np.where(known, left, 1)), np.nan)


def tau_among_equal(prediction: PerArch, truth: PerArch, *, size: PerArch) -> float:
    """Return (C - D) / sqrt((n - n1)(n - n2)) over the n pairs of equal size, -1 to 1; 1 is best.

    C and D are the concordant and discordant of these pairs, n1 and n2 those tied in prediction and in truth: the tie
    rule of tau-b. Sizes are equal if they are the same number. NaN if all pairs tie in prediction, or in truth.

    >>> size = np.array([1.0, 1, 1, 2, 2])
    >>> p, g = np.array([1.0, 2, 3, 9, 8]), np.array([90.0, 91, 92, 80, 81])
    >>> round(tau_among_equal(p, g, size=size), 4)  # (3 - 1) / 4
    0.5
    """
    once = np.ones((len(truth), 1), dtype=np.float32)
    with np.errstate(invalid="ignore"):
        return float(tau_among_equal_resampled(Resamples(prediction, truth, once), size=size)[0])


def tau_among_equal_resampled(resamples: Resamples, *, size: PerArch) -> PerResample:
    """Return `tau_among_equal` of every resample.

    Ranked by size first, and by prediction or truth among equal sizes, all pairs of different size are concordant. So
    the pairs of equal size are what is left of all pairs without these.
    """
    sizes = resamples.ranked(size)
    first = Ranking(_among(sizes.ranks, resamples.by_prediction.ranks), resamples.drawn)
    second = resamples.ranked(_among(sizes.ranks, resamples.by_truth.ranks).astype(np.float64))
    net = total_concordance(first.ranks, second.ranks, resamples.drawn)
    apart = sizes.untied_pairs
    return (net - apart) / np.sqrt(first.untied_pairs - apart) / np.sqrt(second.untied_pairs - apart)


def added_to_size(prediction: PerArch, truth: PerArch, *, size: PerArch) -> float:
    """Return tau-b of the mean of two ranks minus tau-b of the size, both with the truth, -2 to 2; 0: it adds nothing.

    The ranks are those of an architecture by prediction and by size, equal values sharing their mean rank; the same
    weight for both needs no truth. NaN where prediction, truth or size is constant, or the ranks sum to a constant.

    >>> p, g, s = np.array([1.0, 3, 2, 4]), np.array([1.0, 2, 3, 4]), np.array([1.0, 1, 3, 2])
    >>> round(added_to_size(p, g, size=s), 4)  # (6 - 0) / sqrt(6 * 6) - 3 / sqrt(6 * 5)
    0.4523
    """
    if (prediction == prediction[0]).all():
        return math.nan
    return float(tau_b(_both(prediction, size), truth) - tau_b(size, truth))


def added_to_size_resampled(resamples: Resamples, *, size: PerArch) -> PerResample:
    """Return `added_to_size` of every resample; the two ranks are those among all architectures, in every resample."""
    both = tau_b_between(
        resamples, resamples.ranked(_both(resamples.prediction, size), shared=False), resamples.by_truth
    )
    varied = resamples.by_prediction.untied_pairs > 0
    return np.where(varied, both - tau_of_size_resampled(resamples, size=size), np.nan)


def _both(prediction: PerArch, size: PerArch) -> PerArch:
    from scipy.stats import rankdata

    return np.asarray(rankdata(prediction) + rankdata(size), dtype=np.float64)


def _among(sizes: Ranks, ranks: Ranks) -> Ranks:
    """Return the ranks of architectures that are ordered by size, and those of equal size by their ranks."""
    return dense_ranks(sizes * len(ranks) + ranks)
