"""Uniform single-path sampling."""

from dataclasses import dataclass

import numpy as np

from bench.allowed import at_least
from bench.sample.paths import Paths
from bench.slot import setting
from bench.spaces import Space
from bench.types import Genes


@dataclass(frozen=True, kw_only=True)
class Uniform(Paths):
    """`count` architectures per update, every decision uniform and independent.

    Source: papers/single-path-one-shot, section 3.1.
    """

    count: int = setting(1, at_least(1, "paths per update"))

    def per_update(self, space: Space) -> int:
        return self.count

    def draw(self, space: Space, rng: np.random.Generator) -> Genes:
        return space.sample(rng, self.count)
