"""A score and its 95 % interval, over architectures, over seeds, and of a paired difference."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from jaxtyping import Float, Int

from bench.errors import ComparisonError
from bench.scores.cache import kept
from bench.scores.diverged import degenerate, settled
from bench.scores.metrics import Metric, constant
from bench.scores.resampling.counts import drawn_counts, numbered
from bench.scores.resampling.resamples import Resamples
from bench.types import Functions, PerArch

RESAMPLES = 1000
ONE_SEED = "one seed: the interval is over architectures"
ZERO_WIDTH = "no interval: every seed and resample has this score"
LEVEL = 0.95
"""The fraction of all resamples that an interval holds; fewer resamples with a score have no interval."""


@dataclass(frozen=True, kw_only=True)
class Value:
    """A score, its 95 % interval, and what was resampled for it.

    `n` is the number of architectures, `seeds` of supernets. `resampled` is "architectures" or "seeds".
    `resamples` of `drawn` bootstrap resamples have a score, 0 of 0 without a bootstrap. `low` and `high` are NaN if
    there is no interval. `reason` explains a NaN `value`, a missing interval or seed, or a single seed.
    """

    value: float
    low: float
    high: float
    n: int
    seeds: int = 1
    resampled: str
    resamples: int = 0
    drawn: int = 0
    reason: str = ""

    @property
    def upper(self) -> float:
        """Return the upper end of the interval; the score itself if all resamples agree on it."""
        return self.value if ZERO_WIDTH in self.reason else self.high

    @property
    def note(self) -> str:
        """Return on how many resamples the score is defined, and whether these are too few; empty if on all."""
        if self.resamples == self.drawn:
            return ""
        defined = f"defined on {self.resamples:,} of {self.drawn:,} resamples"
        return f"{defined}, too few for a 95 % interval" if np.isnan(self.low) else defined

    def spelled(self, number: Callable[[float], str], between: str = ",") -> str:
        """Return the score and its interval as text; `number` writes a number.

        >>> Value(value=0.5, low=0.25, high=0.75, n=9, resampled="seeds").spelled("{:.2f}".format)
        '0.50 [0.25,0.75]'
        """
        if np.isnan(self.value):
            return "undefined"
        bounds = "undefined" if np.isnan(self.low) else between.join(map(number, (self.low, self.high)))
        return f"{number(self.value)} [{bounds}]"


def of_one_seed(value: float, n: int) -> Value:
    """Return the score of one supernet seed on `n` architectures, without an interval: input of `over_seeds`."""
    return Value(value=value, low=np.nan, high=np.nan, n=n, resampled="seeds")


Replicates = Mapping[str, Float[np.ndarray, "resample"]]


def canonical_order(
    truth: PerArch, *predictions: PerArch, functions: Functions | None = None
) -> Int[np.ndarray, "arch"]:
    """Return the order in which architectures are resampled: by truth, equal ones by the predictions, lowest first.

    Of equal truth, those of one function stand together. What is left equal is interchangeable, so that an interval
    does not depend on the order of the rows.

    >>> canonical_order(np.array([91.0, 90.0, 90.0]), np.array([1.0, 3.0, 2.0])).tolist()
    [2, 1, 0]
    """
    by_function = () if functions is None else (functions,)
    return np.lexsort((*(settled(prediction) for prediction in reversed(predictions)), *by_function, truth))


def beside_of(metrics: Sequence[Metric]) -> list[PerArch]:
    """Return the further arrays of metrics, each once, which complete their canonical order."""
    return list({id(values): values for metric in metrics for values in metric.beside.values()}.values())


def replicates(
    metrics: Sequence[Metric],
    prediction: PerArch,
    truth: PerArch,
    *,
    order: Int[np.ndarray, "arch"] | None = None,
    functions: Functions | None = None,
    resamples: int = RESAMPLES,
    advance: Callable[[int], object] = lambda resamples: None,
) -> Replicates:
    """Return every metric on every resample of the architectures; `advance` is called with the number just done.

    Architectures of one function [arch] are drawn together; None: each on its own. Resamples depend only on these and
    on the number of architectures, which are numbered in `order` (None: their canonical one), so that calls with
    different predictions and one order are paired.
    """
    parts: dict[str, list[np.ndarray]] = {metric.name: [np.empty(0)] for metric in metrics}
    order = canonical_order(truth, prediction, *beside_of(metrics), functions=functions) if order is None else order
    prediction, truth = settled(prediction[order]), truth[order]
    metrics = [metric.taken(order) for metric in metrics]
    for counts in drawn_counts(len(truth), resamples, None if functions is None else functions[order]):
        drawn = Resamples(prediction, truth, counts)
        for metric in metrics:
            parts[metric.name].append(metric.over(drawn))
        advance(len(drawn))
    return {name: np.concatenate(values) for name, values in parts.items()}


def bootstrap(metric: Metric, prediction: PerArch, truth: PerArch, *, resamples: int = RESAMPLES) -> Value:
    """Return the metric with the percentile interval over resampled architectures.

    >>> from bench.scores.metrics import METRICS
    >>> bootstrap(METRICS.get("regret"), np.array([1.0, 2.0]), np.array([91.0, 90.0]), resamples=50).value
    1.0
    """
    return bootstraps([metric], prediction, truth, resamples=resamples)[metric.name]


def bootstraps(
    metrics: Sequence[Metric],
    prediction: PerArch,
    truth: PerArch,
    *,
    functions: Functions | None = None,
    resamples: int = RESAMPLES,
    advance: Callable[[int], object] = lambda resamples: None,
) -> dict[str, Value]:
    """Return every metric with its interval, on the same resamples; `advance` is called with the number just done.

    Architectures of one function [arch] are drawn together; None: each on its own.
    """
    computed = False

    def compute() -> dict[str, Value]:
        nonlocal computed
        computed = True
        drawn = replicates(metrics, prediction, truth, functions=functions, resamples=resamples, advance=advance)
        return {metric.name: with_interval(metric, prediction, truth, drawn[metric.name]) for metric in metrics}

    arrays = (prediction, truth, *together(functions))
    found = kept_values(metrics, arrays, ("bootstraps", resamples), compute)
    if not computed:
        advance(resamples)
    return found


def together(functions: Functions | None) -> tuple[Functions, ...]:
    """Return what of the functions determines a score: nothing if each architecture is drawn on its own."""
    return () if functions is None else (numbered(functions),)


def kept_values(
    metrics: Sequence[Metric],
    arrays: Sequence[np.ndarray],
    about: Sequence[object],
    compute: Callable[[], Mapping[str, Value]],
) -> dict[str, Value]:
    """Return `bench.scores.cache.kept` of scores that are values."""
    return kept(metrics, arrays, about, compute, lambda value: dict(vars(value)), lambda _, stored: Value(**stored))


def with_interval(
    metric: Metric, prediction: PerArch, truth: PerArch, resampled: Float[np.ndarray, "resample"]
) -> Value:
    """Return the metric with the interval of its resampled values."""
    value = metric(prediction, truth)
    resampled = resampled if np.isfinite(value) else np.empty(0)
    low, high, defined = percentiles(resampled)
    found = Value(
        value=value,
        low=low,
        high=high,
        n=len(truth),
        resampled="architectures",
        resamples=defined,
        drawn=len(resampled),
        reason="" if np.isfinite(value) else why_undefined(metric, prediction, truth),
    )
    return with_width(replace(found, reason=found.note) if defined and np.isnan(low) else found)


def with_width(value: Value) -> Value:
    """Return the score; without its interval if that has no width, which would claim that the score is exact.

    >>> with_width(Value(value=1.0, low=1.0, high=1.0, n=9, resampled="seeds")).spelled("{:.0f}".format)
    '1 [undefined]'
    """
    if value.high - value.low > 1e-12 or np.isnan(value.low):  # rounding leaves some 1e-16
        return value
    return replace(value, low=np.nan, high=np.nan, reason="; ".join(filter(None, (value.reason, ZERO_WIDTH))))


def over_both(by_seed: Float[np.ndarray, "seed"], drawn: Float[np.ndarray, "seed resample"], n: int) -> Value:
    """Return the mean over seeds, its interval over resampled architectures and over seeds added in quadrature.

    `drawn` are the scores of every seed on the same resamples. The part over seeds is Student's t, which accounts for
    few of them; with a single seed it is left out.
    """
    seeds, mean = len(by_seed), float(by_seed.mean())
    low, high, defined = percentiles(drawn.mean(axis=0))
    over = 0.0 if seeds == 1 else student(seeds - 1) * by_seed.std(ddof=1) / seeds**0.5
    found = Value(
        value=mean,
        low=float(mean - np.hypot(mean - low, over)),
        high=float(mean + np.hypot(high - mean, over)),
        n=n,
        seeds=seeds,
        resampled="architectures" if seeds == 1 else "seeds and architectures",
        resamples=defined,
        drawn=drawn.shape[1],
        reason=ONE_SEED if seeds == 1 else "",
    )
    return replace(found, reason=found.note) if np.isnan(low) else found


@cache
def student(freedom: int) -> float:
    """Return how many standard errors a 95 % interval reaches to either side, by Student's t.

    >>> round(student(2), 4), round(student(1_000_000), 4)
    (4.3027, 1.96)
    """
    from scipy.stats import t

    return float(t.ppf((1 + LEVEL) / 2, freedom))


def percentiles(resampled: Float[np.ndarray, "resample"]) -> tuple[float, float, int]:
    """Return the bounds of the interval and the number of resamples on which the score is defined.

    The interval holds 95 % of all resamples, the middle ones of those with a score. A resample without a score is
    outside, on which side is unknown, so each lets the interval reach further out among the others: those without a
    score are the uninformative ones. The bounds are NaN if fewer than 95 % of the resamples have a score.

    >>> percentiles(np.arange(101.0))
    (2.5, 97.5, 101)
    >>> percentiles(np.where(np.arange(100) < 95, np.arange(100.0), np.nan))
    (0.0, 94.0, 95)
    """
    defined = resampled[np.isfinite(resampled)]
    outside = round(len(defined) - LEVEL * len(resampled), 9)
    if not len(defined) or outside < 0:
        return np.nan, np.nan, len(defined)
    tail = outside / len(defined) / 2
    low, high = np.percentile(defined, (100 * tail, 100 * (1 - tail)))
    return float(low), float(high), len(defined)


def why_undefined(metric: Metric, prediction: PerArch, truth: PerArch) -> str:
    """Return why a metric is NaN."""
    if len(truth) < 2:
        return f"{len(truth)} architectures, at least 2 are needed"
    if degenerate(prediction) == len(prediction):
        return "every prediction is NaN or infinite"
    if constant(prediction):
        return "the prediction is constant"
    if constant(truth):
        return "the truth is constant"
    return metric.undefined


def within_range(metric: Metric, value: Value) -> Value:
    """Clip an interval to the metric's range, as Student's t is unbounded."""
    high = np.inf if metric.high is None else metric.high
    return replace(value, low=float(np.maximum(value.low, metric.low)), high=float(np.minimum(value.high, high)))


def over_seeds(values: Sequence[Value]) -> Value:
    """Return the mean over seeds with Student's t interval; one seed keeps its interval, with a note in `reason`.

    Seeds on which the score is undefined are left out of the mean and counted in `reason`. Raises
    `ComparisonError` if seeds were scored on different numbers of architectures.
    """
    if len({value.n for value in values}) != 1:
        shown = ", ".join(str(value.n) for value in values) or "none"
        raise ComparisonError(f"seeds scored on n = {shown} architectures; give at least one, all on the same ones")
    defined = [value for value in values if np.isfinite(value.value)]
    lost = f"undefined on {len(values) - len(defined)} of {len(values)} seeds" if len(defined) < len(values) else ""
    if len(defined) < 2:
        only = (defined or list(values))[0]
        alone = ONE_SEED if np.isfinite(only.low) else only.reason
        note = "; ".join(filter(None, (lost, alone if defined else "")))
        return Value(**{**vars(only), "seeds": len(defined), "reason": note})
    scores = np.array([value.value for value in defined])
    half = student(len(scores) - 1) * scores.std(ddof=1) / len(scores) ** 0.5
    mean = float(scores.mean())
    found = Value(
        value=mean,
        low=float(mean - half),
        high=float(mean + half),
        n=values[0].n,
        seeds=len(defined),
        resampled="seeds",
        reason=lost,
    )
    return with_width(found)
