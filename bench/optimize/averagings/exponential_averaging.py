"""Exponential moving average of the weights."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.errors import RecipeError
from bench.optimize.averagings import Averaging

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class ExponentialAveraging(Averaging):
    """After each update, averaged = decay * averaged + (1 - decay) * weights, tracked statistics included.

    Early on the decay is at most (1 + updates) / (10 + updates), so that the start is forgotten.
    """

    decay: float = 0.999

    def __post_init__(self) -> None:
        if not 0 < self.decay < 1:
            raise RecipeError(f"exponential-averaging.decay is {self.decay}; allowed: between 0 and 1")

    def start(self, weights: "dict[str, Tensor]") -> "dict[str, Tensor]":
        return {name: weight.detach().clone() for name, weight in weights.items()}

    def update(self, kept: "dict[str, Tensor]", weights: "dict[str, Tensor]", updates: int, total: int) -> None:
        import torch

        decay = min(self.decay, (1 + updates) / (10 + updates))
        torch._foreach_lerp_(list(kept.values()), [weights[name].detach() for name in kept], 1 - decay)
