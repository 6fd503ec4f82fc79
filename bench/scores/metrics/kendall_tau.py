"""Kendall's tau-b, over all architectures and over the true top N."""

import numpy as np

from bench.scores.metrics import Metric
from bench.scores.resampling.resamples import PerResample, Ranking, Resamples
from bench.types import PerArch

TOP = (10, 25, 50, 150, 250, 500)
"""Single-path ranking correlations, section 3.1."""


def tau_b(prediction: PerArch, truth: PerArch) -> float:
    """Return (C - D) / sqrt((n0 - n1)(n0 - n2)), C and D the concordant and discordant of n0 pairs.

    n1 and n2 are the pairs tied in prediction and truth. Range -1 to 1, 1 is best. NaN where either is constant.

    >>> tau_b(np.array([1.0, 2.0, 3.0, 4.0]), np.array([90.0, 91.0, 93.0, 92.0])).round(4)  # (5 - 1) / 6
    np.float64(0.6667)
    """
    from scipy.stats import kendalltau

    quick = "asymptotic" if len(prediction) > 2 else "exact"  # method of the unused p-value; "asymptotic" fails for two
    return kendalltau(prediction, truth, method=quick).statistic


def tau_b_resampled(resamples: Resamples) -> PerResample:
    """Return tau-b of every resample, as `tau_b` of the resampled arrays gives it."""
    return tau_b_between(resamples, resamples.by_prediction, resamples.by_truth)


def tau_b_between(resamples: Resamples, first: Ranking, second: Ranking) -> PerResample:
    """Return tau-b of two rankings, which are of `resamples.ranked`, in every resample."""
    net = resamples.concordance(first, second)
    return net / np.sqrt(first.untied_pairs) / np.sqrt(second.untied_pairs)


def true_top(truth: PerArch, number: int) -> np.ndarray:
    """Return which architectures are in the true top `number`, including all that tie with the last place.

    >>> true_top(np.array([90.0, 94.0, 93.0, 93.0]), 2).tolist()
    [False, True, True, True]
    """
    return truth >= np.partition(truth, -number)[-number]


def top_tau_b(prediction: PerArch, truth: PerArch, *, number: int) -> float:
    """Return tau-b over the true top `number`; NaN if there are fewer architectures."""
    if len(truth) < number:
        return float("nan")
    top = true_top(truth, number)
    return tau_b(prediction[top], truth[top])


def top_tau_b_resampled(resamples: Resamples, *, number: int) -> PerResample:
    """Return `top_tau_b` of every resample; each has its own top."""
    if len(resamples.truth) < number:
        return np.full(len(resamples), np.nan)
    top = resamples.true_top(number)
    return tau_b_resampled(Resamples(resamples.prediction[top.order], resamples.truth[top.order], top.inside))


KENDALL_TAU_B = Metric(name="kendall-tau-b", better="higher", low=-1, high=1, function=tau_b, resampled=tau_b_resampled)
TOPS = tuple(
    Metric(
        name=f"kendall-tau-b/top-{number}",
        better="higher",
        low=-1,
        high=1,
        function=top_tau_b,
        settings={"number": number},
        resampled=top_tau_b_resampled,
        of_true_top=True,
        undefined=f"fewer than {number} architectures, or prediction or truth is constant among the true top",
    )
    for number in TOP
)
