"""Uniform sampling over architectures that compute different functions."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bench.errors import RecipeError
from bench.sample.paths import Paths
from bench.spaces import Space
from bench.types import Genes


@lru_cache(maxsize=8)
def distinct(space: Space) -> Genes:
    """Return one architecture of each class that computes the same function, [class, decision]."""
    return np.unique(space.canonical(space.enumerate()), axis=0)


@dataclass(frozen=True, kw_only=True)
class UniformDistinct(Paths):
    """`count` architectures per update, every class of equal functions equally likely.

    Drawing every decision on its own trains functions that many architectures spell more often. Of the 15,625
    cells of NAS-Bench-201 9,445 differ. Source: Ning et al., NeurIPS 2021 (de-isomorphic sampling).
    """

    count: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.count < 1:
            raise RecipeError(f"uniform-distinct.count is {self.count}; allowed: 1 or more paths per update")

    def per_update(self, space: Space) -> int:
        return self.count

    def draw(self, space: Space, rng: np.random.Generator) -> Genes:
        if type(space).canonical is Space.canonical:
            return space.sample(rng, self.count)  # all its architectures differ
        every = distinct(space)
        return every[rng.integers(len(every), size=self.count)]
