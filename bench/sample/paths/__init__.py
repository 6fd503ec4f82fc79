"""Which architectures (paths) an update trains; one file per way of drawing them."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bench.errors import RecipeError
from bench.registry import Registry
from bench.slot import Slot
from bench.spaces import Space
from bench.types import Genes

REDUCTIONS = ("mean", "sum")


@dataclass(frozen=True, kw_only=True)
class Paths(Slot, ABC):
    """Draws the architectures of one update; their gradients accumulate, then the optimizer steps once.

    `same_batch`: all paths of an update see one mini-batch, or each its own (then an epoch over the same
    images has that many fewer updates). `reduction`: the update takes the mean or the sum of the gradients.
    A sampler keeps no state: an epoch starts anew, so a resumed run needs the stream alone.
    """

    same_batch: bool = True
    reduction: str = "mean"

    def __post_init__(self) -> None:
        if self.reduction not in REDUCTIONS:
            raise RecipeError(f"{self.slot_name()}.reduction is '{self.reduction}'; allowed: {', '.join(REDUCTIONS)}")

    @abstractmethod
    def per_update(self, space: Space) -> int:
        """Return how many architectures one update trains."""

    @abstractmethod
    def draw(self, space: Space, rng: np.random.Generator) -> Genes:
        """Return the architectures of one update, [path, decision]."""

    def updates(self, space: Space, rng: np.random.Generator) -> Iterator[Genes]:
        """Yield the architectures of one update after another, without end; training begins anew every epoch.

        An override may spread what belongs together, as a fair block, over several updates.
        """
        while True:
            yield self.draw(space, rng)


PATHS: Registry[Paths] = Registry("paths", "bench.sample.paths", Paths)
