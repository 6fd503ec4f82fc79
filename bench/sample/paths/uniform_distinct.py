"""Uniform sampling over different sub-networks."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bench.allowed import at_least
from bench.sample.paths import Paths
from bench.slot import setting
from bench.spaces import Space
from bench.types import Genes


@lru_cache(maxsize=8)
def distinct(space: Space) -> Genes:
    """Return the architectures that are their own canonical form, [form, decision]."""
    return np.unique(space.canonical(space.enumerate()), axis=0)


@dataclass(frozen=True, kw_only=True)
class UniformDistinct(Paths):
    """`count` architectures per update, uniform over canonical forms: the different sub-networks of a supernet.

    Independent decisions would draw a sub-network more often if more architectures are the same one. The 15,625 cells
    of NAS-Bench-201 have 9,445 canonical forms. Source: Ning et al., NeurIPS 2021 (de-isomorphic sampling).
    """

    count: int = setting(1, at_least(1, "paths per update"))

    def per_update(self, space: Space) -> int:
        return self.count

    def draw(self, space: Space, rng: np.random.Generator) -> Genes:
        if type(space).canonical is Space.canonical:
            return space.sample(rng, self.count)  # all its architectures differ
        every = distinct(space)
        return every[rng.integers(len(every), size=self.count)]
