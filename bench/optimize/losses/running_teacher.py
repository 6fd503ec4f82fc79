"""Distillation from the largest architecture, while both are trained."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.errors import RecipeError
from bench.optimize.losses import Asked, Loss
from bench.slot import State
from bench.types import Choice

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class RunningTeacher(Loss):
    """Cross-entropy for the largest architecture; all others learn its softmax on the same images, without labels.

    Every update must train the largest, as `sandwich` does. If each path has its own batch, the teacher is evaluated
    on each, without a gradient, which counts as a forward pass. Source: Yu & Huang, Universally slimmable
    networks (ICCV 2019), inplace distillation; papers/neural-channel-search, section 3.4.
    """

    def __call__(self, logits: "Tensor", labels: "Tensor") -> "Tensor":
        from torch.nn import functional

        return functional.cross_entropy(logits, labels)

    def of_batch(self, state: State, asked: Asked, choices: Sequence[Choice]) -> "list[Tensor]":
        if asked.largest not in asked.update:
            raise RecipeError(
                f"loss '{self.slot_name()}' needs the largest architecture in every update, and the paths do not "
                "draw it; use paths=Sandwich(...)"
            )
        if asked.largest not in choices:
            teacher = asked.apart(asked.largest)
            return [taught(asked.logits(choice), teacher) for choice in choices]
        own = asked.logits(asked.largest)
        of_largest, teacher = self(own, asked.labels), own.detach()
        return [of_largest if choice == asked.largest else taught(asked.logits(choice), teacher) for choice in choices]


def taught(logits: "Tensor", teacher: "Tensor") -> "Tensor":
    """Return the mean cross-entropy, a scalar, of logits [batch, class] to a teacher's softmax."""
    from torch.nn import functional

    return functional.cross_entropy(logits, teacher.softmax(dim=1))
