"""The mean of several checkpoints' weights."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.optimize.averagings import Kept, copied
from bench.optimize.snapshots import Snapshots

if TYPE_CHECKING:
    from bench.optimize.averagings import Weights


@dataclass(frozen=True, kw_only=True)
class CheckpointAveraging(Snapshots):
    """Predictions come from the mean of the weights at `count` moments, tracked statistics included.

    Source: Izmailov et al., Averaging weights leads to wider optima (2018), without its constant rate.
    """

    def start(self, weights: "Weights") -> Kept:
        return Kept({0: copied(weights)})

    def update(self, kept: Kept, weights: "Weights", updates: int, total: int) -> None:
        import torch

        averaged, number = kept.sets[0], self.number(updates, total)
        if number is not None:
            torch._foreach_lerp_(list(averaged.values()), [weights[name].detach() for name in averaged], 1 / number)
