"""Learning-rate schedules; one file per schedule."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from bench.registry import Registry
from bench.slot import Slot
from bench.spaces import Space
from bench.types import Genes, PerArch


@dataclass(frozen=True, kw_only=True)
class Schedule(Slot, ABC):
    """The learning rate as a function of the fraction of training done; it has no state."""

    @abstractmethod
    def factor(self, progress: float) -> float:
        """Return the factor of the peak learning rate at `progress` (0: first update, 1: end of training)."""

    def path_factor(self, progress: float, complexity: float) -> float:
        """Return the additional factor of one path's gradient; `complexity`: 0 for the smallest, 1 for the largest."""
        return 1.0

    def complexity(self, space: Space, genes: Genes) -> PerArch:
        """Return the `complexity` of each path of an update for `path_factor`, 0 to 1 [path]: by default its size."""
        return np.asarray(space.complexity(genes))


SCHEDULES: Registry[type[Schedule]] = Registry("schedules", "bench.optimize.schedules", Schedule)
