"""Paths in proportion to their parameters."""

from dataclasses import dataclass

import numpy as np

from bench.allowed import at_least
from bench.errors import RecipeError
from bench.sample.paths import Paths
from bench.slot import setting
from bench.spaces import Space
from bench.types import Genes, PerArch

AT_A_TIME = 64
"""Candidates whose parameters are computed together."""


@dataclass(frozen=True, kw_only=True)
class ProRata(Paths):
    """`count` architectures per update, each drawn with a probability in proportion to its parameters.

    A uniform architecture is kept with the probability of its parameters over those of the largest one, so that larger
    ones, of which more weights must be trained, are trained more often. Source: Pourchot et al., To share or not to
    share (2020).
    """

    count: int = setting(1, at_least(1, "paths per update"))

    def per_update(self, space: Space) -> int:
        return self.count

    def draw(self, space: Space, rng: np.random.Generator) -> Genes:
        largest = float(params_of(space, space.extremes()).max())
        kept = np.empty((0, space.decisions), dtype=np.int8)
        while len(kept) < self.count:
            genes = space.sample(rng, AT_A_TIME)
            chosen = rng.random(len(genes)) * largest < params_of(space, genes)
            kept = np.concatenate([kept, genes[chosen]])
        return kept[: self.count]


def params_of(space: Space, genes: Genes) -> PerArch:
    """Return the parameters of architectures; raises `RecipeError` if the space does not compute them."""
    costs = space.costs(genes)
    if "params" not in costs:
        raise RecipeError(f"space '{space.slot_name()}' has no parameters, so 'pro-rata' cannot draw from it")
    return costs["params"]
