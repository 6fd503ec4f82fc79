"""Cosine annealing."""

import math
from dataclasses import dataclass

from bench.errors import RecipeError
from bench.optimize.schedules import Schedule


@dataclass(frozen=True, kw_only=True)
class Cosine(Schedule):
    """From the peak down to `final` of it along half a cosine. Source: Loshchilov & Hutter, SGDR (2017).

    >>> [round(Cosine().factor(p), 2) for p in (0, 0.5, 1)]
    [1.0, 0.5, 0.0]
    """

    final: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.final <= 1:
            raise RecipeError(f"cosine.final is {self.final}; allowed: 0 to 1, a portion of the peak rate")

    def factor(self, progress: float) -> float:
        return self.final + (1 - self.final) * (1 + math.cos(math.pi * progress)) / 2
