"""The sandwich rule: the largest and the smallest architecture in every update."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bench.allowed import at_least
from bench.sample.paths import Paths
from bench.sample.paths.strict_fair import in_turn
from bench.slot import State, setting
from bench.spaces import Space
from bench.types import Genes


@dataclass(frozen=True, kw_only=True)
class Sandwich(Paths):
    """The largest architecture, the smallest, and `between` others per update, in this order.

    The others are uniform, or, if `fair`, taken in turn from strictly fair blocks. Without `smallest`, an update has
    the largest and the others, which is enough for a running teacher. Source: Yu & Huang, Universally slimmable
    networks (ICCV 2019); AutoSlim; with 16 fair ones between: papers/neural-channel-search, section 4.1.
    """

    between: int = setting(3, at_least(0))
    smallest: bool = True
    fair: bool = False

    def per_update(self, space: Space) -> int:
        return 1 + self.smallest + self.between

    def draw(self, space: Space, rng: np.random.Generator) -> Genes:
        return next(self.updates(space, rng, self.start(space)))

    def updates(self, space: Space, rng: np.random.Generator, state: State) -> Iterator[Genes]:
        """Yield updates; a fair block continues over updates until it is used up."""
        small, large = space.extremes()
        ends = np.array([large, small] if self.smallest else [large])
        blocks = in_turn(space, rng, self.between) if self.fair and self.between else None
        while True:
            yield np.concatenate([ends, next(blocks) if blocks else space.sample(rng, self.between)])
