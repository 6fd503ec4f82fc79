"""Learning-rate warm-up."""

from dataclasses import dataclass, field

from bench.errors import RecipeError
from bench.optimize.schedules import Schedule
from bench.optimize.schedules.cosine import Cosine


@dataclass(frozen=True, kw_only=True)
class WarmUp(Schedule):
    """A linear rise from 0 to the peak during the `portion` of training, then the schedule `then` in what is left.

    Source: papers/single-path-ranking-correlations, section 4.3: 5 of 250 epochs.

    >>> [round(WarmUp(portion=0.5).factor(p), 2) for p in (0, 0.25, 0.5, 0.75, 1)]
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """

    portion: float = 0.02  # 5 of 250 epochs, section 4.3
    then: Schedule = field(default_factory=Cosine)

    def __post_init__(self) -> None:
        if not 0 < self.portion < 1:
            raise RecipeError(f"warm-up.portion is {self.portion}; allowed: between 0 and 1, a portion of training")

    def factor(self, progress: float) -> float:
        if progress < self.portion:
            return progress / self.portion
        return self.then.factor((progress - self.portion) / (1 - self.portion))
