"""How far two numbers order things alike."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from bench.rng import stream
from bench.scores.interval import RESAMPLES, Value, kept_values, percentiles
from bench.scores.metrics import METRICS

TAU = "kendall-tau-b"
FEWEST = 3
"""Groups below which no interval is given."""


def agreement(groups: Sequence[Float[np.ndarray, "_ 2"]], name: str) -> Value:
    """Return tau-b of two numbers over all points, NaN for fewer than two; higher is better.

    Its 95 % interval resamples groups, as the points of one are not independent (seeds of a recipe). `name` is that of
    the stream from which resamples are drawn.
    """
    tau = METRICS.get(TAU)
    points = np.concatenate([np.empty((0, 2)), *groups])

    def compute() -> dict[str, Value]:
        rng, drawn = stream(0, name), []
        for _ in range(RESAMPLES if len(groups) >= FEWEST else 0):
            some = np.concatenate([groups[place] for place in rng.integers(len(groups), size=len(groups))])
            drawn.append(tau(some[:, 0], some[:, 1]))
        low, high, _ = percentiles(np.array(drawn))
        value = tau(points[:, 0], points[:, 1]) if len(points) > 1 else float("nan")
        return {TAU: Value(value=value, low=low, high=high, n=len(points), resampled="groups")}

    sizes = np.array([len(group) for group in groups], dtype=np.int64)
    return kept_values([tau], (points, sizes), ("agreement", name, RESAMPLES), compute)[TAU]


def spelled(found: Value) -> str:
    """Return an agreement as text: `.61 [.20, .85]`."""
    return found.spelled("{:.2f}".format, ", ")
