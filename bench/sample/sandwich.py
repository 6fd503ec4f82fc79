"""The sandwich rule: the largest and the smallest architecture in every update."""

from dataclasses import dataclass

import numpy as np

from bench.errors import RecipeError
from bench.sample.paths import Paths
from bench.spaces import Space
from bench.types import Genes


@dataclass(frozen=True, kw_only=True)
class Sandwich(Paths):
    """The largest architecture, the smallest, and `between` uniform ones per update, in this order.

    Source: Yu & Huang, Universally slimmable networks (ICCV 2019); AutoSlim.
    """

    between: int = 3

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.between < 0:
            raise RecipeError(f"sandwich.between is {self.between}; allowed: 0 or more")

    def per_update(self, space: Space) -> int:
        return 2 + self.between

    def draw(self, space: Space, rng: np.random.Generator) -> Genes:
        return np.concatenate([space.extremes()[::-1], space.sample(rng, self.between)])
