"""What a tau is made of: how far a prediction is the size of the networks, and how it ranks beyond that."""

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
ABOUT_SIZE = (
    "Of size: tau-b of the size as the prediction, on the architectures of the row. With size: tau-b of the prediction "
    "with the size, whatever the truth. Given size: Kendall's partial tau of prediction and truth. Equal size: tau-b "
    "over the pairs of networks of equal size"
)
"""The metrics of `size_metrics`, in words."""


def sizes_of(table: Table) -> PerArch | None:
    """Return the size of each architecture of a table [arch], higher is larger; None if it is not known.

    The space says which cost it is (`Space.size_cost`); the table's costs replace the space's.
    """
    return table.known_costs.get(table.space.size_cost)


def size_metrics(size: PerArch | None) -> tuple[Metric, ...]:
    """Return the four metrics for architectures of these sizes [arch]; empty if the sizes are not known.

    An unknown size, NaN, counts as the smallest one.
    """
    if size is None:
        return ()
    constant = "prediction, truth or size is constant"
    as_size = f"{constant}, or prediction or truth ranks exactly as size does"
    no_pair = "no two architectures of equal size differ in prediction, or none in truth"
    beside = {"size": settled(np.asarray(size, dtype=np.float64))}
    described: tuple[tuple[str, Literal["higher", "neither"], Callable[..., Any], Callable[..., Any], str], ...] = (
        (OF_SIZE_ITSELF, "neither", tau_of_size, tau_of_size_resampled, constant),
        (WITH_SIZE, "neither", tau_with_size, tau_with_size_resampled, constant),
        (GIVEN_SIZE, "higher", partial_tau, partial_tau_resampled, as_size),
        (EQUAL_SIZE, "higher", tau_among_equal, tau_among_equal_resampled, no_pair),
    )
    return tuple(
        Metric(
            name=name,
            better=better,
            low=-1,
            high=1,
            function=function,
            resampled=resampled,
            undefined=undefined,
            beside=beside,
        )
        for name, better, function, resampled, undefined in described
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


def _among(sizes: Ranks, ranks: Ranks) -> Ranks:
    """Return the ranks of architectures that are ordered by size, and those of equal size by their ranks."""
    return dense_ranks(sizes * len(ranks) + ranks)
