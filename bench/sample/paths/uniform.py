"""Uniform single-path sampling."""

from dataclasses import dataclass

import numpy as np

from bench.errors import RecipeError
from bench.sample.paths import Paths
from bench.spaces import Space
from bench.types import Genes


@dataclass(frozen=True, kw_only=True)
class Uniform(Paths):
    """`count` architectures per update, every decision uniform and independent.

    Source: papers/single-path-one-shot, section 3.1.
    """

    count: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.count < 1:
            raise RecipeError(f"uniform.count is {self.count}; allowed: 1 or more paths per update")

    def per_update(self, space: Space) -> int:
        return self.count

    def draw(self, space: Space, rng: np.random.Generator) -> Genes:
        return space.sample(rng, self.count)
