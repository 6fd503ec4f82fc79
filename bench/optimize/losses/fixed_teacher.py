"""Distillation from the largest architecture, trained first."""

from dataclasses import dataclass
from typing import ClassVar

from bench.errors import RecipeError
from bench.optimize.losses.running_teacher import RunningTeacher


@dataclass(frozen=True, kw_only=True)
class FixedTeacher(RunningTeacher):
    """All architectures learn the softmax of the largest one, which was trained before with cross-entropy alone.

    The teacher has the recipe's own sizes and schedule, the run's seed and `epochs`, None for as many as the
    supernet. Its training belongs to the cost of the run. Source: papers/neural-channel-search, section 3.4.
    """

    teacher: ClassVar[str | None] = "fixed"
    epochs: int | None = None

    def __post_init__(self) -> None:
        if self.epochs is not None and self.epochs < 1:
            raise RecipeError(f"fixed-teacher.epochs is {self.epochs}; allowed: 1 or more, or None for the recipe's")
