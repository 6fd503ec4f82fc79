"""Which weights predict after training; one file per averaging."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.registry import Registry
from bench.slot import Slot, State

if TYPE_CHECKING:
    from torch import Tensor

Weights = dict[str, "Tensor"]
"""The tensors of a supernet by name, including the norms' statistics."""


class Kept(State):
    """Sets of weights kept besides the trained ones, by number."""

    def __init__(self, sets: "dict[int, Weights]") -> None:
        self.sets = sets

    def state_dict(self) -> dict[str, Any]:
        return {str(number): weights for number, weights in self.sets.items()}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        self.sets = {int(number): weights for number, weights in saved.items()}


def copied(weights: "Weights") -> "Weights":
    """Return a copy of the weights that training does not change."""
    return {name: weight.detach().clone() for name, weight in weights.items()}


@dataclass(frozen=True, kw_only=True)
class Averaging(Slot, ABC):
    """Which weights predict after training: the last ones, or weights kept during training."""

    @property
    def members(self) -> int:
        """Return the number of ensemble members; a prediction is the mean over the members."""
        return 1

    @abstractmethod
    def start(self, weights: "Weights") -> Kept:
        """Return the weights to keep before the first update."""

    @abstractmethod
    def update(self, kept: Kept, weights: "Weights", updates: int, total: int) -> None:
        """Update the kept weights; called after update number `updates` (from 1) of `total`."""

    def predicting(self, kept: Kept, weights: "Weights") -> "list[Weights]":
        """Return the weights of each ensemble member, in order."""
        return [kept.sets[number] for number in sorted(kept.sets)] or [weights]


AVERAGINGS: Registry[type[Averaging]] = Registry("averagings", "bench.optimize.averagings", Averaging)
