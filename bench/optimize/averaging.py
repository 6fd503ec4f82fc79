"""What every weight averaging can do; one file beside this per averaging."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from bench.slot import Slot

if TYPE_CHECKING:
    from torch import Tensor


class Averaging(Slot, ABC):
    """Which weights are asked for predictions: the last ones, or a mean over the course of training."""

    @abstractmethod
    def start(self, weights: "dict[str, Tensor]") -> "dict[str, Tensor]":
        """Return the averaged weights before the first update, empty if nothing is averaged."""

    @abstractmethod
    def update(self, averaged: "dict[str, Tensor]", weights: "dict[str, Tensor]", updates: int) -> None:
        """Move `averaged` in place after update number `updates` (from 1)."""
