"""A learning rate that decays faster for smaller architectures."""

from dataclasses import dataclass

from bench.allowed import Number
from bench.optimize.schedules import Schedule
from bench.slot import setting


@dataclass(frozen=True, kw_only=True)
class PerArchitecture(Schedule):
    """rate * (1 - progress)^gamma, with gamma from 1 for the largest architecture to `steepest` for the smallest.

    Small sub-networks converge early, large ones late. In an update of several paths each path's gradient is
    multiplied by its own factor. Source: DYNAS (CVPR 2025), whose gamma_max is 4.
    Differs from the paper: gamma is linear in the logarithm of the parameters, and all share one momentum buffer.

    >>> half = PerArchitecture()
    >>> half.factor(0.5) * half.path_factor(0.5, complexity=1.0), half.factor(0.5) * half.path_factor(0.5, 0.0)
    (0.5, 0.0625)
    """

    steepest: float = setting(4.0, Number(low=1))

    def factor(self, progress: float) -> float:
        return 1 - progress

    def path_factor(self, progress: float, complexity: float) -> float:
        return (1 - progress) ** ((self.steepest - 1) * (1 - complexity))
