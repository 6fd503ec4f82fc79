"""Which architectures (paths) an update trains; one file per sampler."""

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

    `same_batch`: all paths of an update share one mini-batch, or each has its own (then an epoch over the same images
    has fewer updates, by the number of paths). `reduction`: the update takes the mean or the sum of the gradients.
    The common case overrides `per_update` and `draw`. A sampler that learns also overrides `start` and `observe`, and
    draws in `updates`, which receives its state.
    """

    same_batch: bool = True
    reduction: str = setting("mean", OneOf(("mean", "sum")))

    @abstractmethod
    def per_update(self, space: Space) -> int:
        """Return the number of architectures that one update trains."""

    @abstractmethod
    def draw(self, space: Space, rng: np.random.Generator) -> Genes:
        """Return the architectures of one update, [path, decision]."""

    def start(self, space: Space) -> State:
        """Return the sampler's state for the whole training; it is part of the checkpoint."""
        return State()

    def updates(self, space: Space, rng: np.random.Generator, state: State) -> Iterator[Genes]:
        """Yield the architectures of one update after another, endlessly; called once per epoch.

        An override may spread a group of architectures, such as a fair block, over several updates of an epoch.
        """
        while True:
            yield self.draw(space, rng)

    def observe(self, state: State, genes: Genes, losses: Float[np.ndarray, "path"]) -> None:
        """Called after every update with its architectures [path, decision] and their losses."""
        return


PATHS: Registry[type[Paths]] = Registry("paths", "bench.sample.paths", Paths)
