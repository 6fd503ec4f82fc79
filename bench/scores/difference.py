"""Is one row better than another? A difference paired over shared seeds and architectures."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from bench.errors import ComparisonError
from bench.scores.interval import RESAMPLES, Value, percentiles, replicates
from bench.scores.metric import Metric


@dataclass(frozen=True, kw_only=True)
class Difference:
    """First minus second, and what its 95 % interval allows to say."""

    value: Value
    metric: Metric

    @property
    def verdict(self) -> str:
        """Return "first is better", "second is better", or "not distinguishable" where the interval covers zero."""
        if not (self.value.low > 0 or self.value.high < 0):
            return "not distinguishable"
        first = (self.value.low > 0) == (self.metric.better == "higher")
        return "first is better" if first else "second is better"


def paired_difference(
    first: Float[np.ndarray, "seed arch"],
    second: Float[np.ndarray, "seed_of_second arch_of_second"],
    truth: Float[np.ndarray, "arch_of_truth"],
    metric: Metric,
    *,
    resamples: int = RESAMPLES,
) -> Difference:
    """Return the difference of the metric, first minus second, averaged over seeds.

    Row k of both is the same seed, column k the same architecture. The interval adds two in quadrature: over
    architectures (bootstrap, both rows on the same draws) and over seeds (Student's t of the paired
    differences, so that two or three seeds are not taken for many). A single seed leaves the first one alone.
    """
    if first.shape != second.shape or first.shape[1:] != truth.shape:
        raise ComparisonError(
            f"rows of shapes {first.shape} and {second.shape} against {len(truth)} truths; "
            "keep the seeds and architectures that both rows have, in the same order"
        )
    from scipy.stats import t

    def drawn(predictions: np.ndarray) -> np.ndarray:
        return np.stack([replicates([metric], p, truth, resamples=resamples)[metric.name] for p in predictions])

    by_seed = np.array([metric(a, truth) - metric(b, truth) for a, b in zip(first, second, strict=True)])
    seeds, mean = len(by_seed), float(by_seed.mean())
    low, high, defined = percentiles((drawn(first) - drawn(second)).mean(axis=0))
    over = 0.0 if seeds == 1 else t.ppf(0.975, seeds - 1) * by_seed.std(ddof=1) / seeds**0.5
    value = Value(
        value=mean,
        low=float(mean - np.hypot(mean - low, over)),
        high=float(mean + np.hypot(high - mean, over)),
        n=len(truth),
        seeds=seeds,
        resampled="architectures" if seeds == 1 else "seeds and architectures",
        resamples=defined,
        reason="one seed: the interval is over architectures" if seeds == 1 else "",
    )
    return Difference(value=value, metric=metric)
