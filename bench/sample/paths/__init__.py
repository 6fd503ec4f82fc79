"""Which architectures (paths) an update trains; one file per way of drawing them."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from bench.allowed import OneOf
from bench.registry import Registry
from bench.slot import Slot, State, setting
from bench.spaces import Space
from bench.types import Genes


@dataclass(frozen=True, kw_only=True)
class Paths(Slot, ABC):
    """Draws the architectures of one update; their gradients accumulate, then the optimizer steps once.

    `same_batch`: all paths of an update see one mini-batch, or each its own (then an epoch over the same
    images has that many fewer updates). `reduction`: the update takes the mean or the sum of the gradients.
    The common case overrides `per_update` and `draw`. A sampler that learns also overrides `start` and `observe`, and
    draws in `updates`, which has its state.
    """

    same_batch: bool = True
    reduction: str = setting("mean", OneOf(("mean", "sum")))

    @abstractmethod
    def per_update(self, space: Space) -> int:
        """Return how many architectures one update trains."""

    @abstractmethod
    def draw(self, space: Space, rng: np.random.Generator) -> Genes:
        """Return the architectures of one update, [path, decision]."""

    def start(self, space: Space) -> State:
        """Return what the sampler remembers through all of training; a checkpoint holds it."""
        return State()

    def updates(self, space: Space, rng: np.random.Generator, state: State) -> Iterator[Genes]:
        """Yield the architectures of one update after another, without end; called anew for every epoch.

        An override may spread what belongs together, as a fair block, over several updates of an epoch.
        """
        while True:
            yield self.draw(space, rng)

    def observe(self, state: State, genes: Genes, losses: Float[np.ndarray, "path"]) -> None:
        """Take the losses of an update's architectures, [path, decision], after it was made."""
        return


PATHS: Registry[type[Paths]] = Registry("paths", "bench.sample.paths", Paths)
