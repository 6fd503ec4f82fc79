"""Metrics: pure functions of predictions and truths, each with its direction and range."""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from bench.errors import PluginError, place_of
from bench.registry import Registry
from bench.scores.diverged import settled
from bench.scores.resampling.resamples import Resamples
from bench.types import PerArch


@dataclass(frozen=True, kw_only=True, eq=False)
class Metric:
    """One number from predictions (higher means better) and truths (percent), both [arch].

    `function(prediction, truth, **settings)` returns it, or NaN where it is undefined; `undefined` says when. `low`
    and `high` bound its range (`high` None: the size of the population) and `better` is its direction.
    `resampled(resamples, **settings)`, if given, returns it for many resamples at once; otherwise `function` is called
    for each. `of_true_top`: computed on the true top N, so scored on all predictions and not on a sample. `beside` are
    further arrays, [arch], that both functions take as keyword arguments, in the order of prediction and truth. A
    metric is a module-level `Metric`, or in a module-level tuple, in a file of this folder or in a plug-in; only one
    that describes, and is not registered, may have the direction "neither".
    """

    name: str
    better: Literal["higher", "lower", "neither"]
    low: float
    high: float | None
    function: Callable[..., float]
    settings: Mapping[str, Any] = field(default_factory=dict)
    resampled: Callable[..., Float[np.ndarray, "resample"]] | None = None
    undefined: str = "the prediction or the truth is constant"
    of_true_top: bool = False
    beside: Mapping[str, PerArch] = field(default_factory=dict)

    @property
    def arrow(self) -> str:
        """Return the direction as tables show it; empty without one."""
        return {"higher": "↑", "lower": "↓", "neither": ""}[self.better]

    def taken(self, archs: np.ndarray) -> "Metric":
        """Return the metric for these architectures, flags or positions [arch]: its arrays `beside` are indexed."""
        if not self.beside:
            return self
        return replace(self, beside={name: values[archs] for name, values in self.beside.items()})

    @property
    def about(self) -> str:
        """Return the first line of the definition."""
        return (inspect.getdoc(self.function) or "").split("\n")[0]

    def __call__(self, prediction: PerArch, truth: PerArch) -> float:
        """Return the metric; NaN if prediction or truth is constant. See `settled` for diverged predictions.

        Raises `PluginError` if `function` returns anything but a number.
        """
        if constant(prediction) or constant(truth):
            return float("nan")
        value: Any = self.function(settled(prediction), truth, **self.settings, **self.beside)
        if isinstance(value, np.ndarray) and value.ndim == 0:
            value = value.item()
        if isinstance(value, bool) or not isinstance(value, Real) or np.isinf(float(value)):
            got = f"shape {value.shape}" if isinstance(value, np.ndarray) else repr(value)
            raise self._wrong(self.function, f"returned {got}; expected one number, NaN where it is not defined")
        return float(value)

    def over(self, resamples: Resamples) -> Float[np.ndarray, "resample"]:
        """Return the metric of every resample; raises `PluginError` unless it is one number for each."""
        if self.resampled is None:
            times = resamples.drawn.astype(int)
            every = np.arange(len(times))
            return np.array(
                [self.taken(np.repeat(every, times[:, k]))(*resamples.spelt_out(k)) for k in range(len(resamples))]
            )
        with np.errstate(divide="ignore", invalid="ignore"):
            values: Any = self.resampled(resamples, **self.settings, **self.beside)
        if not isinstance(values, np.ndarray) or values.shape != (len(resamples),) or values.dtype.kind != "f":
            got = f"{values.dtype} of shape {values.shape}" if isinstance(values, np.ndarray) else type(values).__name__
            raise self._wrong(self.resampled, f"returned {got}; expected floats of shape ({len(resamples)},)")
        values = np.where(resamples.constant, np.nan, values)
        if np.isinf(values).any():
            raise self._wrong(self.resampled, "returned an infinite number; expected NaN where it is not defined")
        return values

    def _wrong(self, function: Callable[..., Any], what: str) -> PluginError:
        return PluginError(f"metric '{self.name}' ({place_of(function)}) {what}")


def constant(values: PerArch) -> bool:
    """Return whether all values are equal, diverged ones counting as equal; fewer than two values are constant.

    >>> constant(np.array([1.0, 1.0])), constant(np.array([np.nan, np.inf])), constant(np.array([1.0, np.nan]))
    (True, True, False)
    """
    known = settled(values)
    return len(known) < 2 or bool(known.max() == known.min())


METRICS: Registry[Metric] = Registry("metrics", "bench.scores.metrics", Metric, instances=True)

PANEL = (
    "kendall-tau-b",
    "kendall-tau-b/top-50",
    "spearman",
    "precision-at-top/5%",
    "top-n-trend",
    "regret",
)
"""The metrics of every printed table: global ranking, the top, and the result of a search."""


def all_metrics() -> list[Metric]:
    """Return every registered metric, numbers in names sorted as numbers.

    >>> [metric.name for metric in all_metrics() if "top-" in metric.name][:4]
    ['kendall-tau-b/top-10', 'kendall-tau-b/top-25', 'kendall-tau-b/top-50', 'kendall-tau-b/top-150']
    """

    def natural(name: str) -> list[tuple[float, str]]:
        numbered = re.findall(r"(\d+\.?\d*)|(\D+)", name)
        return [(float(number), "") if number else (float("inf"), text) for number, text in numbered]

    return [METRICS.get(name) for name in sorted(METRICS.names(), key=natural)]
