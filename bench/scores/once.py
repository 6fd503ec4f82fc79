"""Scores that several tables, figures and answers show, computed once.

A metric is a pure function, so the same metric of the same numbers is the same score, whoever asks.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import numpy as np
from jaxtyping import Int

from bench.scores.cache import digest_of
from bench.scores.interval import RESAMPLES, Replicates, Value, bootstraps, replicates, together
from bench.scores.metrics import Metric
from bench.types import Functions, PerArch

Score = TypeVar("Score")
KEPT = 20_000
"""How many scores are kept, some 10 MB; the one asked for least recently goes first. Of replicates fewer, 32 MB."""


class _Kept(Generic[Score]):
    """Scores by the metric and by the digest of the numbers."""

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._scores: OrderedDict[tuple[Metric, bytes, int], Score] = OrderedDict()

    def find(
        self, metrics: Sequence[Metric], numbers: bytes, draws: int, compute: Callable[[list[Metric]], list[Score]]
    ) -> list[Score]:
        """Return a score per metric; `compute` is called with those that are not kept."""
        keys = [(metric, numbers, draws) for metric in metrics]
        lacking = [metric for metric, key in zip(metrics, keys, strict=True) if key not in self._scores]
        fresh = dict(zip(lacking, compute(lacking), strict=True)) if lacking else {}
        found = [
            fresh[metric] if metric in fresh else self._scores[key] for metric, key in zip(metrics, keys, strict=True)
        ]
        for key, score in zip(keys, found, strict=True):
            self._scores[key] = score
            self._scores.move_to_end(key)
        while len(self._scores) > (KEPT if self._most is None else self._most):
            self._scores.popitem(last=False)
        return found

    def clear(self) -> None:
        """Forget all scores."""
        self._scores.clear()


_values: _Kept[float] = _Kept()
_intervals: _Kept[Value] = _Kept()
_replicates: _Kept[np.ndarray] = _Kept(4_000)


def forget() -> None:
    """Forget all scores."""
    _values.clear()
    _intervals.clear()
    _replicates.clear()


def value_once(metric: Metric, prediction: PerArch, truth: PerArch) -> float:
    """Return `metric(prediction, truth)`; a metric of further arrays is always computed."""
    if metric.beside:
        return metric(prediction, truth)
    [found] = _values.find([metric], digest_of((prediction, truth)), 0, lambda _: [metric(prediction, truth)])
    return found


def intervals_once(
    metrics: Sequence[Metric],
    prediction: PerArch,
    truth: PerArch,
    *,
    functions: Functions | None = None,
    resamples: int = RESAMPLES,
    advance: Callable[[int], object] = lambda resamples: None,
) -> dict[str, Value]:
    """Return `bootstraps` of the same arguments; `advance` is called once if all are known.

    Metrics of further arrays are always computed.
    """
    if any(metric.beside for metric in metrics):
        return bootstraps(metrics, prediction, truth, functions=functions, resamples=resamples, advance=advance)

    computed = False

    def compute(lacking: list[Metric]) -> list[Value]:
        nonlocal computed
        computed = True
        found = bootstraps(lacking, prediction, truth, functions=functions, resamples=resamples, advance=advance)
        return [found[metric.name] for metric in lacking]

    found = _intervals.find(metrics, digest_of((prediction, truth, *together(functions))), resamples, compute)
    if not computed:
        advance(resamples)
    return {metric.name: value for metric, value in zip(metrics, found, strict=True)}


def replicates_once(
    metrics: Sequence[Metric],
    prediction: PerArch,
    truth: PerArch,
    order: Int[np.ndarray, "arch"],
    *,
    functions: Functions | None = None,
    resamples: int = RESAMPLES,
) -> Replicates:
    """Return `replicates` of the same arguments, which are not to be written to.

    Metrics of further arrays are always computed.
    """
    known = [metric for metric in metrics if not metric.beside]
    alone = [metric for metric in metrics if metric.beside]

    def compute(lacking: list[Metric]) -> list[np.ndarray]:
        found = replicates(lacking, prediction, truth, order=order, functions=functions, resamples=resamples)
        return [found[metric.name] for metric in lacking]

    found = _replicates.find(known, digest_of((prediction, truth, order, *together(functions))), resamples, compute)
    drawn = {metric.name: values for metric, values in zip(known, found, strict=True)}
    if alone:
        drawn |= replicates(alone, prediction, truth, order=order, functions=functions, resamples=resamples)
    return drawn
