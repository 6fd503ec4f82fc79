"""A schedule over the first part of training."""

from dataclasses import dataclass, field

from bench.allowed import between
from bench.optimize.schedules import Schedule
from bench.optimize.schedules.one_cycle import OneCycle
from bench.slot import setting


@dataclass(frozen=True, kw_only=True)
class FirstPart(Schedule):
    """The schedule `then` over the first `fraction` of training, and its end from there on.

    For updates that train no weights in the last part, such as `sg-nas`.

    >>> [round(FirstPart(fraction=0.5).factor(p), 2) for p in (0, 0.15, 0.25, 0.5, 1)]
    [0.04, 1.0, 0.81, 0.0, 0.0]
    """

    fraction: float = setting(0.5, between(0, 1, above=True, unit="of all updates"))
    then: Schedule = field(default_factory=OneCycle)

    def factor(self, progress: float) -> float:
        return self.then.factor(min(progress / self.fraction, 1.0))
