"""What a metric is: a pure function of predictions and truths, with its direction and range."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Int

from bench.types import PerArch


@dataclass(frozen=True, kw_only=True, eq=False)
class Metric:
    """One number from predictions (higher means better) and truths (percent), both [arch].

    `function(prediction, truth, **settings)` returns it, or NaN where it is not defined; `undefined` says
    when that is. `low` and `high` bound its range (None: the size of the population does) and `better` is its
    direction. `resampled`, where given, returns the same number for many resamples at once from how often
    each draws each architecture, counts [resample, arch]; without it every resample is spelt out. A metric
    is a module-level `Metric`, or stands in a module-level tuple, in a file of this folder or in a plug-in.
    """

    name: str
    better: Literal["higher", "lower"]
    low: float
    high: float | None
    function: Callable[..., float]
    settings: Mapping[str, Any] = field(default_factory=dict)
    resampled: Callable[..., Float[np.ndarray, "resample"]] | None = None
    undefined: str = "the prediction or the truth is constant"

    @property
    def about(self) -> str:
        """Return the first line of the definition."""
        return (inspect.getdoc(self.function) or "").split("\n")[0]

    def __call__(self, prediction: PerArch, truth: PerArch) -> float:
        """Return the metric; NaN where prediction or truth is constant. See `settled` for diverged predictions."""
        if constant(prediction) or constant(truth):
            return float("nan")
        return float(self.function(settled(prediction), truth, **self.settings))

    def over(
        self, prediction: PerArch, truth: PerArch, counts: Int[np.ndarray, "resample arch"]
    ) -> Float[np.ndarray, "resample"]:
        """Return the metric of every resample; diverged predictions are settled before they are drawn."""
        prediction = settled(prediction)
        if self.resampled is not None:
            return self.resampled(prediction, truth, counts, **self.settings)
        return np.array([self(np.repeat(prediction, times), np.repeat(truth, times)) for times in counts])


def constant(values: PerArch) -> bool:
    """Return whether no two finite-or-diverged values differ; fewer than two values are constant too.

    >>> constant(np.array([1.0, 1.0])), constant(np.array([np.nan, np.inf])), constant(np.array([1.0, np.nan]))
    (True, True, False)
    """
    return len(values) < 2 or bool(np.ptp(settled(values)) == 0)


def degenerate(prediction: PerArch) -> int:
    """Return how many predictions are NaN or infinite."""
    return int(np.count_nonzero(~np.isfinite(prediction)))


def settled(prediction: PerArch) -> PerArch:
    """Return the predictions with every NaN or infinite one tied last, just below the lowest finite one.

    >>> settled(np.array([3.0, np.nan, 2.0, np.inf])).round(6).tolist()
    [3.0, 2.0, 2.0, 2.0]
    """
    finite = np.isfinite(prediction)
    if finite.all():
        return prediction
    lowest = prediction[finite].min() if finite.any() else 0.0
    return np.where(finite, prediction, np.nextafter(lowest, -np.inf))
