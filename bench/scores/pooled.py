"""Differences of several rows from one reference: variance over seeds pooled, and false discoveries controlled."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bench.scores.difference import Difference
from bench.scores.interval import LEVEL, student, with_width

ABOUT_POOLED = (
    "The variance over seeds is pooled over the rows with the same reference: the mean of the variances of their "
    "paired differences, each weighted by its seeds - 1, and Student's t has the sum of these as degrees of freedom. "
    "This takes all rows as equally noisy"
)
"""How the variance is pooled, in words."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """A difference with its pooled interval, and p: how often chance alone gives one as large, NaN for one seed.

    p is the level at which the interval, its part over architectures taken as normal, just touches zero: below .05 if
    and only if the 95 % interval excludes zero. `freedom` is the degrees of freedom of Student's t.
    """

    difference: Difference
    p: float
    freedom: int


def pooled(differences: Sequence[Difference]) -> list[Told]:
    """Return the differences of several rows from one reference by one metric, with pooled variance over seeds.

    Rows of one seed have no variance and keep their interval. A row alone keeps its own variance.
    """
    several = [one for one in differences if len(one.by_seed) > 1 and np.isfinite(one.by_seed).all()]
    freedom = sum(len(one.by_seed) - 1 for one in several)
    if not freedom:
        return [Told(difference=one, p=np.nan, freedom=0) for one in differences]
    squares = sum((len(one.by_seed) - 1) * float(np.var(one.by_seed, ddof=1)) for one in several)
    variance = squares / freedom
    told = []
    for one in differences:
        if not any(one is other for other in several):
            told.append(Told(difference=one, p=np.nan, freedom=0))
            continue
        error = (variance / len(one.by_seed)) ** 0.5
        over_seeds, mean = student(freedom) * error, one.value.value
        span = np.inf if one.metric.high is None else one.metric.high - one.metric.low
        below, above = one.over_architectures
        value = replace(
            one.value,
            low=float(max(mean - np.hypot(below, over_seeds), -span)),
            high=float(min(mean + np.hypot(above, over_seeds), span)),
        )
        facing = below if mean > 0 else above
        told.append(
            Told(
                difference=replace(one, value=with_width(value)),
                p=_touching(abs(mean), facing, error, freedom),
                freedom=freedom,
            )
        )
    return told


def _touching(difference: float, over_architectures: float, error: float, freedom: int) -> float:
    """Return the p at which an interval around the difference just touches zero; NaN if the interval has no width.

    `over_architectures` is the half-width of the 95 % interval over architectures on the side of zero, `error` the
    standard error over seeds.
    """
    from scipy.optimize import brentq
    from scipy.stats import norm, t

    normal = over_architectures / norm.ppf((1 + LEVEL) / 2)
    if not (normal > 0 or error > 0) or np.isnan(normal):
        return float("nan")

    def reaches(exponent: float) -> float:
        tail = 10.0**exponent / 2
        return float(np.hypot(normal * norm.isf(tail), error * t.isf(tail, freedom))) - difference

    least = -15.0
    return 10.0**least if reaches(least) < 0 else float(10.0 ** brentq(reaches, least, 0.0))


def false_discovery(levels: Sequence[float]) -> list[float]:
    """Return the Benjamini-Hochberg q of each p: the share of false discoveries if all up to it are believed.

    NaN stays NaN and does not count as a comparison.

    >>> [round(q, 3) for q in false_discovery([0.01, float("nan"), 0.04, 0.5])]
    [0.03, nan, 0.06, 0.5]
    """
    from scipy.stats import false_discovery_control

    found = np.array(levels, dtype=np.float64)
    known = np.isfinite(found)
    if known.any():
        found[known] = false_discovery_control(found[known])
    return found.tolist()
