"""The last weights, as they are."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.optimize.averagings import Averaging

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class NoAveraging(Averaging):
    """Predictions come from the weights after the last update."""

    def start(self, weights: "dict[str, Tensor]") -> "dict[str, Tensor]":
        return {}

    def update(self, kept: "dict[str, Tensor]", weights: "dict[str, Tensor]", updates: int, total: int) -> None:
        return
