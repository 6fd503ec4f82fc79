"""Uniform constraint sampling: architectures spread evenly over bins of FLOPs."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from bench.allowed import Maybe, Text, at_least, not_negative
from bench.errors import RecipeError
from bench.rng import stream
from bench.sample.paths import Paths
from bench.slot import setting
from bench.spaces import Space
from bench.types import Genes, PerArch

QUANTILES = (0.05, 0.95)
"""Quantiles of a space's FLOPs that bound the bins by default."""
PROBES = 1_000
"""Number of uniform architectures from which these quantiles are estimated."""
AT_A_TIME = 50
"""Candidates whose FLOPs are computed together."""


@lru_cache(maxsize=8)
def usual_bounds(space: Space, cost: str = "flops") -> tuple[float, float]:
    """Return the `QUANTILES` of a space's FLOPs, or of another of its costs, the same in every process."""
    probes = flops_of(space, space.sample(stream(0, "flops-constrained"), PROBES), cost)
    low, high = np.quantile(probes, QUANTILES)
    return float(low), float(high)


def flops_of(space: Space, genes: Genes, cost: str = "flops") -> PerArch:
    """Return the FLOPs (multiply-adds), or the named cost, of architectures; raises `RecipeError` if there is none."""
    costs = space.costs(genes)
    if cost not in costs:
        missing = "FLOPs" if cost == "flops" else f"'{cost}' among its costs ({', '.join(costs)})"
        raise RecipeError(f"space '{space.slot_name()}' has no {missing}, so 'flops-constrained' cannot draw from it")
    return costs[cost]


@dataclass(frozen=True, kw_only=True)
class FlopsConstrained(Paths):
    """`count` architectures per update, each uniform within one of `bins` equal ranges of FLOPs drawn at random.

    Uniform candidates are rejected until one is in the range; after `tries` the last is taken, as in the paper's
    code. `low` and `high` bound the bins in multiply-adds; None: the 5 % and 95 % quantiles of the space. `cost` names
    the space's count of them, where it has several: "imagenet-flops" is that of the published networks of `shufflenet`.
    Source: papers/single-path-one-shot, section 3.2; its code: 7 bins of 290 to 360 million, 500 tries.
    """

    count: int = setting(1, at_least(1, "paths per update"))
    bins: int = setting(7, at_least(1))
    low: float | None = setting(None, Maybe(not_negative(), "the 5 % quantile of the space"))
    high: float | None = setting(None, Maybe(not_negative(), "the 95 % quantile of the space"))
    tries: int = setting(500, at_least(1))
    cost: str = setting("flops", Text(), before="flops")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise RecipeError(f"flops-constrained.low is {self.low:g}; allowed: below high, {self.high:g}")

    def per_update(self, space: Space) -> int:
        return self.count

    def draw(self, space: Space, rng: np.random.Generator) -> Genes:
        low, high = usual_bounds(space, self.cost)
        low, high = (self.low if self.low is not None else low), (self.high if self.high is not None else high)
        if not low < high and self.low != self.high:
            raise RecipeError(
                f"flops-constrained would draw from {low:g} to {high:g} FLOPs; allowed: low below high; set both"
            )
        edges = np.linspace(low, high, self.bins + 1)
        drawn = rng.integers(self.bins, size=self.count)
        return np.concatenate([self._inside(space, rng, edges, int(chosen)) for chosen in drawn])

    def _inside(self, space: Space, rng: np.random.Generator, edges: Float[np.ndarray, "edge"], chosen: int) -> Genes:
        """Return one architecture, [1, decision], with FLOPs in the range `chosen`, or the last candidate.

        A range excludes its upper edge, except the last range.
        """
        for tried in range(0, self.tries, AT_A_TIME):
            genes = space.sample(rng, min(AT_A_TIME, self.tries - tried))
            flops = flops_of(space, genes, self.cost)
            place = np.searchsorted(edges, flops, side="right") - 1
            place[flops == edges[-1]] = self.bins - 1
            inside = np.flatnonzero(place == chosen)
            if len(inside):
                return genes[inside[:1]]
        return genes[-1:]
