"""Metrics of the predicted top K %: precision, best rank and worst rank."""

import numpy as np

from bench.scores.metrics import Metric
from bench.scores.metrics.kendall_tau import true_top
from bench.scores.resampling.resamples import PerResample, Resamples
from bench.types import PerArch

SHARES = (0.5, 1, 5, 10)
"""K in percent of the population, rounded down to whole architectures as in Ning et al. (NeurIPS 2021)."""


def places(archs: int, share: float) -> int:
    """Return the number of architectures in the top `share` percent.

    >>> places(15625, 5), places(150, 0.5), places(1000, 0.5)
    (781, 0, 5)
    """
    return archs * round(share * 1000) // 100_000


def predicted_top(prediction: PerArch, number: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Return which are certainly in the predicted top, which tie for its last places, and the number of those places.

    Metrics of this file take the mean over all ways of assigning the last places among those that tie for them, so
    they do not depend on the order of the architectures, and a coarse prediction gets its expected value.
    """
    edge = np.partition(prediction, -number)[-number]
    sure = prediction > edge
    return sure, prediction == edge, number - int(np.count_nonzero(sure))


def precision(prediction: PerArch, truth: PerArch, *, share: float) -> float:
    """Return P@K: the fraction of the predicted top K % that is in the true top K %; 0 to 1, 1 is best.

    The true top includes all that tie with its last place.

    >>> precision(np.array([1.0, 2.0, 3.0, 4.0]), np.array([90.0, 93.0, 91.0, 92.0]), share=50)
    0.5
    """
    if not (number := places(len(truth), share)):
        return float("nan")
    top = true_top(truth, number)
    sure, tied, left = predicted_top(prediction, number)
    return float((np.count_nonzero(top[sure]) + left * top[tied].mean()) / number)


def precision_resampled(resamples: Resamples, *, share: float) -> PerResample:
    """Return the same of every resample."""
    if not (number := places(len(resamples.truth), share)):
        return np.full(len(resamples), np.nan)
    best = resamples.true_top(number)
    edge = resamples.truth[best.order[best.start]]
    top = resamples.predicted_top(number)
    sure, tied = top.sums(np.where(resamples.truth[top.order][:, None] >= edge, top.drawn, 0))
    return (sure + top.left * tied / top.sums(top.drawn)[1]) / number


def best_rank(prediction: PerArch, truth: PerArch, *, share: float, normalised: bool) -> float:
    """Return BR@K: the best true rank in the predicted top K %; 1 is best, or 1 / n if `normalised` by n.

    A rank is 1 plus the number of architectures with higher truth.

    >>> best_rank(np.array([1.0, 2.0, 3.0, 4.0]), np.array([90.0, 93.0, 91.0, 92.0]), share=50, normalised=False)
    2.0
    """
    return _extreme_rank(prediction, truth, share, normalised, worst=False)


def best_rank_resampled(resamples: Resamples, *, share: float, normalised: bool) -> PerResample:
    """Return the same of every resample."""
    return _extreme_rank_resampled(resamples, share, normalised, worst=False)


def worst_rank(prediction: PerArch, truth: PerArch, *, share: float, normalised: bool) -> float:
    """Return WR@K: the worst true rank in the predicted top K %; lower is better, K % of n is best.

    >>> worst_rank(np.array([1.0, 2.0, 3.0, 4.0]), np.array([90.0, 93.0, 91.0, 92.0]), share=50, normalised=False)
    3.0
    """
    return _extreme_rank(prediction, truth, share, normalised, worst=True)


def worst_rank_resampled(resamples: Resamples, *, share: float, normalised: bool) -> PerResample:
    """Return the same of every resample."""
    return _extreme_rank_resampled(resamples, share, normalised, worst=True)


def _extreme_rank(prediction: PerArch, truth: PerArch, share: float, normalised: bool, worst: bool) -> float:
    if not (number := places(len(truth), share)):
        return float("nan")
    ascending = np.sort(truth)
    sure, tied, left = predicted_top(prediction, number)
    sign = -1.0 if worst else 1.0
    certain, contenders = (
        sign * (1 + len(truth) - np.searchsorted(ascending, truth[who], side="right")) for who in (sure, tied)
    )
    rank = sign * round(expected_minimum(certain.min(initial=np.inf), np.sort(contenders), left), 9)
    return float(rank / len(truth) if normalised else rank)


def _extreme_rank_resampled(resamples: Resamples, share: float, normalised: bool, worst: bool) -> PerResample:
    archs = len(resamples.truth)
    if not (number := places(archs, share)):
        return np.full(len(resamples), np.nan)
    top = resamples.predicted_top(number)
    sign = -1 if worst else 1
    by_truth = resamples.by_truth
    signed = sign * (1 + archs - by_truth.up_to[by_truth.ranks[top.order]])
    running = np.minimum.accumulate(np.where(top.drawn > 0, signed, np.inf), axis=0)
    certain = np.where(top.start > 0, running[top.start - 1, np.arange(len(resamples))], np.inf)
    ranks = np.empty(len(resamples))
    for k, (start, stop, left) in enumerate(zip(top.start, top.stop, top.left.astype(int), strict=True)):
        contenders = signed[start:stop, k]
        if len(contenders) > 1:
            contenders = np.repeat(contenders, top.drawn[start:stop, k].astype(int))[::sign]
            ranks[k] = expected_minimum(certain[k], contenders, left)
        else:
            ranks[k] = min(certain[k], contenders[0])
    ranks = sign * np.round(ranks, 9)
    return ranks / archs if normalised else ranks


def expected_minimum(certain: float | np.floating, contenders: np.ndarray, left: int | np.integer) -> float:
    """Return the mean of the minimum of `certain` and `left` of the sorted contenders, all choices equally likely.

    >>> round(expected_minimum(7.0, np.array([1.0, 2.0, 9.0]), 1), 4)  # (1 + 2 + 7) / 3
    3.3333
    """
    ahead = np.arange(len(contenders) - left)  # contenders skipped before the first chosen one
    passed = np.r_[1.0, np.cumprod((len(contenders) - left - ahead) / (len(contenders) - ahead))]
    chosen_here = passed * left / (len(contenders) - np.arange(len(passed)))
    return float(chosen_here @ np.minimum(contenders[: len(passed)], certain))


PRECISIONS = tuple(
    Metric(
        name=f"precision-at-top/{share}%",
        better="higher",
        low=0,
        high=1,
        function=precision,
        settings={"share": share},
        resampled=precision_resampled,
        undefined=f"{share} % of the population is less than one architecture",
    )
    for share in SHARES
)
RANKS = tuple(
    Metric(
        name=f"{name}-rank-at-top/{share}%{'/normalised' if normalised else ''}",
        better="lower",
        low=0 if normalised else 1,
        high=1 if normalised else None,
        function=function,
        settings={"share": share, "normalised": normalised},
        resampled=resampled,
        undefined=f"{share} % of the population is less than one architecture",
    )
    for name, function, resampled in (
        ("best", best_rank, best_rank_resampled),
        ("worst", worst_rank, worst_rank_resampled),
    )
    for share in SHARES
    for normalised in (False, True)
)
