"""Exponential moving average of the weights."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.allowed import between
from bench.optimize.averagings import Averaging, Kept, copied
from bench.slot import setting

if TYPE_CHECKING:
    from bench.optimize.averagings import Weights


@dataclass(frozen=True, kw_only=True)
class ExponentialAveraging(Averaging):
    """After each update, averaged = decay * averaged + (1 - decay) * weights, tracked statistics included.

    Early on the decay is at most (1 + updates) / (10 + updates), so that the initial weights are forgotten.
    """

    decay: float = setting(0.999, between(0, 1, above=True, below=True))

    def start(self, weights: "Weights") -> Kept:
        return Kept({0: copied(weights)})

    def update(self, kept: Kept, weights: "Weights", updates: int, total: int) -> None:
        import torch

        averaged = kept.sets[0]
        decay = min(self.decay, (1 + updates) / (10 + updates))
        torch._foreach_lerp_(list(averaged.values()), [weights[name].detach() for name in averaged], 1 - decay)
