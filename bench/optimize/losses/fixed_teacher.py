"""Distillation from the largest architecture, trained first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bench.allowed import Maybe, at_least
from bench.optimize.averagings.no_averaging import NoAveraging
from bench.optimize.losses import AnyRecipe, Asked, Loss
from bench.optimize.losses.cross_entropy import CrossEntropy
from bench.optimize.losses.running_teacher import taught
from bench.sample.paths.sandwich import Sandwich
from bench.slot import State, setting
from bench.types import Choice

if TYPE_CHECKING:
    from torch import Tensor, nn


class Teacher(State):
    """A trained supernet whose weights are fixed."""

    def __init__(self, supernet: "nn.Module") -> None:
        self.supernet = supernet

    def state_dict(self) -> dict[str, Any]:
        return self.supernet.state_dict()

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        self.supernet.load_state_dict(saved)


@dataclass(frozen=True, kw_only=True)
class FixedTeacher(Loss):
    """All architectures learn the softmax of the largest one, which is trained first, with cross-entropy alone.

    The teacher has the recipe's sizes and schedule, the run's seed, and `epochs`, None for as many as the supernet.
    Its training is part of the run's cost. Source: papers/neural-channel-search, section 3.4.
    """

    epochs: int | None = setting(None, Maybe(at_least(1), "the recipe's"))

    def __call__(self, logits: "Tensor", labels: "Tensor") -> "Tensor":
        """Return the mean cross-entropy to the labels; sub-networks are not trained with it."""
        from torch.nn import functional

        return functional.cross_entropy(logits, labels)

    def trained_first(self, recipe: AnyRecipe) -> AnyRecipe:
        """Return the recipe of the teacher: the largest architecture alone, on labels."""
        changes: dict[str, Any] = {"epochs": self.epochs} if self.epochs else {}
        changes |= {
            "paths": Sandwich(between=0, smallest=False),
            "loss": CrossEntropy(),
            "averaging": NoAveraging(),
        }
        return replace(recipe, **changes)

    def start(self, teacher: "nn.Module | None") -> State:
        assert teacher is not None, "start_training trains the teacher first"
        return Teacher(teacher)

    def of_batch(self, state: State, asked: Asked, choices: Sequence[Choice]) -> "list[Tensor]":
        import torch

        assert isinstance(state, Teacher)
        with torch.no_grad():
            teacher = state.supernet(asked.images, asked.largest).float()
        asked.passed()
        return [taught(asked.logits(choice), teacher) for choice in choices]
