"""A learning rate that decays faster for smaller architectures."""

from dataclasses import dataclass

import numpy as np

from bench.allowed import Flag, Number
from bench.optimize.schedules import Schedule
from bench.rng import stream
from bench.slot import setting
from bench.spaces import Space
from bench.types import Genes, PerArch


@dataclass(frozen=True, kw_only=True)
class PerArchitecture(Schedule):
    """rate * (1 - progress)^gamma, with gamma from 1 for the largest architecture to `steepest` for the smallest.

    Small sub-networks converge early, large ones late. In an update of several paths each path's gradient is
    multiplied by its own factor. Source: DYNAS (CVPR 2025), whose gamma_max is 4.
    Differs from the paper: gamma is linear in the logarithm of the parameters, and all share one momentum buffer.

    If `shuffled`, every architecture has the gamma of another one, always the same, drawn uniformly from the space: the
    control whose rates differ as much but have nothing to do with the architecture's own size.

    >>> half = PerArchitecture()
    >>> half.factor(0.5) * half.path_factor(0.5, complexity=1.0), half.factor(0.5) * half.path_factor(0.5, 0.0)
    (0.5, 0.0625)
    """

    steepest: float = setting(4.0, Number(low=1))
    shuffled: bool = setting(False, Flag(), before=False)

    def factor(self, progress: float) -> float:
        return 1 - progress

    def path_factor(self, progress: float, complexity: float) -> float:
        return (1 - progress) ** ((self.steepest - 1) * (1 - complexity))

    def complexity(self, space: Space, genes: Genes) -> PerArch:
        if self.shuffled:
            genes = np.concatenate([_other(space, tuple(arch)) for arch in genes.tolist()])
        return super().complexity(space, genes)


def _other(space: Space, arch: tuple[int, ...]) -> Genes:
    """Return the architecture whose size stands for that of `arch`, [1, decision]; the same in every run."""
    return space.sample(stream(0, f"sizes shuffled/{space.spell(arch)}"), 1)
