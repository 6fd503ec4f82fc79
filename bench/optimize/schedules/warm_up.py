"""Learning-rate warm-up."""

from dataclasses import dataclass, field

from bench.allowed import between
from bench.optimize.schedules import Schedule
from bench.optimize.schedules.cosine import Cosine
from bench.slot import setting


@dataclass(frozen=True, kw_only=True)
class WarmUp(Schedule):
    """Linear rise from 0 to the peak over `fraction` of training, then the schedule `then` over the rest.

    Source: papers/single-path-ranking-correlations, section 4.3: 5 of 250 epochs.

    >>> [round(WarmUp(fraction=0.5).factor(p), 2) for p in (0, 0.25, 0.5, 0.75, 1)]
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """

    fraction: float = setting(0.02, between(0, 1, above=True, below=True, unit="of all updates"))  # 5 of 250 epochs
    then: Schedule = field(default_factory=Cosine)

    def factor(self, progress: float) -> float:
        if progress < self.fraction:
            return progress / self.fraction
        return self.then.factor((progress - self.fraction) / (1 - self.fraction))
