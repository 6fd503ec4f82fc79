"""Is one row better than another? A difference paired over shared seeds and architectures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from bench.errors import ComparisonError
from bench.scores.cache import kept
from bench.scores.interval import (
    RESAMPLES,
    Replicates,
    Value,
    beside_of,
    canonical_order,
    over_both,
    percentiles,
    replicates,
    together,
    why_undefined,
    with_width,
)
from bench.scores.metrics import Metric
from bench.types import Functions, PerArch

SMALLEST_DETECTABLE = "a true difference as large would be detected in four of five repetitions (normal approximation)"
"""What `Difference.smallest_detectable` is, in words."""
POWER = 1 + 0.8416 / 1.9600
"""Half-widths of a 95 % interval after which 80 % of intervals exclude zero: (z_.975 + z_.80) / z_.975."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """First minus second with its 95 % interval, the resulting verdict, and the means over seeds of both.

    `by_seed` are the paired differences, and `over_architectures` how far the interval over architectures alone reaches
    below and above their mean, both for pooling; (0, 0) without a bootstrap.
    """

    value: Value
    metric: Metric
    first: float
    second: float
    by_seed: tuple[float, ...] = ()
    over_architectures: tuple[float, float] = (0.0, 0.0)

    @property
    def smallest_detectable(self) -> float:
        """Return the smallest difference, without sign, that a comparison as precise as this one detects; NaN without.

        Detected means that the interval excludes zero, in four of five repetitions.
        """
        return POWER * (self.value.high - self.value.low) / 2

    @property
    def verdict(self) -> str:
        """Return "first is better", "second is better", or "not distinguishable" if the interval covers zero.

        "first is higher" or "second is higher" for a metric without direction; "undefined" if the metric is undefined
        for one of the rows, "no interval" if only the interval is.
        """
        if np.isnan(self.value.value):
            return "undefined"
        if np.isnan(self.value.low):
            return "no interval"
        if not (self.value.low > 0 or self.value.high < 0):
            return "not distinguishable"
        if self.metric.better == "neither":
            return "first is higher" if self.value.low > 0 else "second is higher"
        first = (self.value.low > 0) == (self.metric.better == "higher")
        return "first is better" if first else "second is better"


def paired_differences(
    first: Float[np.ndarray, "seed arch"],
    second: Float[np.ndarray, "seed_of_second arch_of_second"],
    truth: Float[np.ndarray, "arch_of_truth"],
    metrics: Sequence[Metric],
    *,
    functions: Functions | None = None,
    resamples: int = RESAMPLES,
) -> dict[str, Difference]:
    """Return the difference of each metric, first minus second, averaged over seeds.

    Row k of both is the same seed, column k the same architecture. The interval adds two intervals in quadrature: over
    architectures (bootstrap, both rows on the same resamples; those of one function [arch] are drawn together) and over
    seeds (Student's t of the paired differences, which accounts for few seeds). With a single seed it is the first one
    alone. It does not depend on the order of the architectures, and changes sign with the sides.
    Raises `ComparisonError` if the shapes differ.
    """
    if first.shape != second.shape or first.shape[1:] != truth.shape:
        raise ComparisonError(
            f"rows of shapes {first.shape} and {second.shape} against {len(truth)} truths; "
            "keep the seeds and architectures that both rows have, in the same order"
        )

    return kept(
        metrics,
        (first, second, truth, *together(functions)),
        ("differences", resamples),
        lambda: _differences(first, second, truth, metrics, functions, resamples),
        _packed,
        _unpacked,
    )


def _packed(difference: Difference) -> dict[str, Any]:
    return vars(difference) | {"value": vars(difference.value), "metric": None}


def _unpacked(metric: Metric, stored: dict[str, Any]) -> Difference:
    low, high = stored["over_architectures"]
    parts = {"value": Value(**stored["value"]), "metric": metric, "by_seed": tuple(stored["by_seed"])}
    return Difference(**stored | parts | {"over_architectures": (low, high)})


def _differences(
    first: Float[np.ndarray, "seed arch"],
    second: Float[np.ndarray, "seed arch"],
    truth: PerArch,
    metrics: Sequence[Metric],
    functions: Functions | None,
    resamples: int,
) -> dict[str, Difference]:
    """Return `paired_differences` of arrays whose shapes were checked."""
    one, other = sorted((first, second), key=lambda side: np.sort(side, axis=None).tolist())  # whichever is named first
    order = canonical_order(truth, *one, *other, *beside_of(metrics), functions=functions)

    def drawn(predictions: np.ndarray) -> list[Replicates]:
        return [
            replicates(metrics, prediction, truth, order=order, functions=functions, resamples=resamples)
            for prediction in predictions
        ]

    of_first, of_second = drawn(first), drawn(second)
    same = np.array_equal(first, second, equal_nan=True)  # the difference is exactly zero, whatever is drawn
    found = {}
    for metric in metrics:
        a, b = (np.array([metric(prediction, truth) for prediction in side]) for side in (first, second))
        drawn_by_seed = [one[metric.name] - other[metric.name] for one, other in zip(of_first, of_second, strict=True)]
        value = over_both(a - b, np.stack(drawn_by_seed), len(truth))
        if np.isnan(value.value):
            sides = (("first", first, a), ("second", second, b))
            reasons = [
                f"{side}: {why_undefined(metric, predictions[np.isnan(scores)][0], truth)}"
                for side, predictions, scores in sides
                if np.isnan(scores).any()
            ]
            value = replace(value, reason="; ".join(reasons))
        span = np.inf if metric.high is None else metric.high - metric.low  # Student's t is unbounded
        value = replace(value, low=float(np.maximum(value.low, -span)), high=float(np.minimum(value.high, span)))
        low, high, _ = percentiles(np.mean(drawn_by_seed, axis=0))
        found[metric.name] = Difference(
            value=value if same else with_width(value),
            metric=metric,
            first=float(a.mean()),
            second=float(b.mean()),
            by_seed=tuple((a - b).tolist()),
            over_architectures=(value.value - low, high - value.value),
        )
    return found
