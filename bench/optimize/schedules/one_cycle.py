"""One-cycle schedule."""

import math
from dataclasses import dataclass

from bench.allowed import between
from bench.optimize.schedules import Schedule
from bench.slot import setting


@dataclass(frozen=True, kw_only=True)
class OneCycle(Schedule):
    """Cosine rise from the fraction `first` of the peak, over the fraction `rise` of training, then fall to `final`.

    The defaults are those of torch.optim.lr_scheduler.OneCycleLR. Source: Smith & Topin (2019).

    >>> [round(OneCycle().factor(p), 2) for p in (0, 0.3, 1)]
    [0.04, 1.0, 0.0]
    """

    rise: float = setting(0.3, between(0, 1, above=True, below=True, unit="of all updates"))
    first: float = setting(0.04, between(0, 1, unit="of the peak rate"))
    final: float = setting(4e-6, between(0, 1, unit="of the peak rate"))

    def factor(self, progress: float) -> float:
        if progress < self.rise:
            return _anneal(self.first, 1.0, progress / self.rise)
        return _anneal(1.0, self.final, (progress - self.rise) / (1 - self.rise))


def _anneal(start: float, end: float, done: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * done)) / 2
