"""One-cycle schedule."""

import math
from dataclasses import dataclass

from bench.errors import RecipeError
from bench.optimize.schedules import Schedule


@dataclass(frozen=True, kw_only=True)
class OneCycle(Schedule):
    """Cosine rise from `first` of the peak during the portion `rise`, then cosine fall to `final` of it.

    The defaults are those of torch.optim.lr_scheduler.OneCycleLR. Source: Smith & Topin (2019).

    >>> [round(OneCycle().factor(p), 2) for p in (0, 0.3, 1)]
    [0.04, 1.0, 0.0]
    """

    rise: float = 0.3
    first: float = 0.04
    final: float = 4e-6

    def __post_init__(self) -> None:
        if not 0 < self.rise < 1:
            raise RecipeError(f"one-cycle.rise is {self.rise}; allowed: between 0 and 1, a portion of training")
        for name in ("first", "final"):
            if not 0 <= getattr(self, name) <= 1:
                raise RecipeError(
                    f"one-cycle.{name} is {getattr(self, name)}; allowed: 0 to 1, a portion of the peak rate"
                )

    def factor(self, progress: float) -> float:
        if progress < self.rise:
            return _anneal(self.first, 1.0, progress / self.rise)
        return _anneal(1.0, self.final, (progress - self.rise) / (1 - self.rise))


def _anneal(start: float, end: float, portion: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * portion)) / 2
