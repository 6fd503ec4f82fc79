"""Cosine annealing."""

import math
from dataclasses import dataclass

from bench.allowed import between
from bench.optimize.schedules import Schedule
from bench.slot import setting


@dataclass(frozen=True, kw_only=True)
class Cosine(Schedule):
    """Cosine annealing from the peak to the fraction `final` of it. Source: Loshchilov & Hutter, SGDR (2017).

    >>> [round(Cosine().factor(p), 2) for p in (0, 0.5, 1)]
    [1.0, 0.5, 0.0]
    """

    final: float = setting(0.0, between(0, 1, unit="of the peak rate"))

    def factor(self, progress: float) -> float:
        return self.final + (1 - self.final) * (1 + math.cos(math.pi * progress)) / 2
