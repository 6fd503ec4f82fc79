"""Which weights predict after training; one file per averaging."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from bench.registry import Registry
from bench.slot import Slot

if TYPE_CHECKING:
    from torch import Tensor


class Averaging(Slot, ABC):
    """Which weights are asked for predictions: the last ones, or some taken over the course of training.

    What is kept is one dictionary of tensors beside the weights, empty where nothing is, so that a killed
    run continues with it.
    """

    @property
    def answers(self) -> int:
        """Return how many weights are asked after training."""
        return 1

    @abstractmethod
    def start(self, weights: "dict[str, Tensor]") -> "dict[str, Tensor]":
        """Return what is kept before the first update, empty if nothing is."""

    @abstractmethod
    def update(self, kept: "dict[str, Tensor]", weights: "dict[str, Tensor]", updates: int, total: int) -> None:
        """Change `kept` in place after update number `updates` (from 1) of `total`."""

    def members(self, kept: "dict[str, Tensor]", weights: "dict[str, Tensor]") -> "list[dict[str, Tensor]]":
        """Return the weights to ask after training; of several, a prediction is the mean of their predictions."""
        return [kept or weights]


AVERAGINGS: Registry[Averaging] = Registry("averagings", "bench.optimize.averagings", Averaging)
