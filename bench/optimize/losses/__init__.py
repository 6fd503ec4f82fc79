"""Training losses; one file per loss."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from bench.registry import Registry
from bench.slot import Slot, State
from bench.types import Arch, Choice

if TYPE_CHECKING:
    from torch import Tensor, nn

AnyRecipe = TypeVar("AnyRecipe", bound=Slot)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One batch of an update, as a loss sees it.

    `images` [batch, channel, height, width] and `labels` [batch]. `logits(choice)` returns a sub-network's logits
    [batch, class] on them, with gradients; `apart(choice)` the same without gradients, in a separate forward pass.
    `update` holds all sub-networks of the update, including those of its other batches, and `largest` is the largest
    architecture of the space. Call `passed()` to count a forward pass of another network.
    """

    images: "Tensor"
    labels: "Tensor"
    logits: "Callable[[Choice], Tensor]"
    apart: "Callable[[Choice], Tensor]"
    update: Sequence[Choice]
    largest: Arch
    passed: Callable[[], None]


@dataclass(frozen=True, kw_only=True)
class Loss(Slot, ABC):
    """The quantity that training minimizes. The common case overrides only `__call__`."""

    @abstractmethod
    def __call__(self, logits: "Tensor", labels: "Tensor") -> "Tensor":
        """Return the mean loss, a scalar, of logits [batch, class] and labels [batch]."""

    def trained_first(self, recipe: AnyRecipe) -> AnyRecipe | None:
        """Return the recipe of the teacher, which is trained before the supernet of `recipe`; None for no teacher."""
        return None

    def start(self, teacher: "nn.Module | None") -> State:
        """Return the loss's state; `teacher` is the supernet that was trained first, on its device."""
        return State()

    def of_batch(self, state: State, asked: Asked, choices: Sequence[Choice]) -> "list[Tensor]":
        """Return the loss, a scalar, of each sub-network of a batch."""
        return [self(asked.logits(choice), asked.labels) for choice in choices]


LOSSES: Registry[type[Loss]] = Registry("losses", "bench.optimize.losses", Loss)
