"""The mean of several checkpoints' weights."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.optimize.snapshots import Snapshots

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class CheckpointAveraging(Snapshots):
    """Predictions come from the mean of the weights at `count` moments, tracked statistics included.

    Source: Izmailov et al., Averaging weights leads to wider optima (2018), without its constant rate.
    """

    def start(self, weights: "dict[str, Tensor]") -> "dict[str, Tensor]":
        return {name: weight.detach().clone() for name, weight in weights.items()}

    def update(self, kept: "dict[str, Tensor]", weights: "dict[str, Tensor]", updates: int, total: int) -> None:
        import torch

        number = self.number(updates, total)
        if number is not None:
            torch._foreach_lerp_(list(kept.values()), [weights[name].detach() for name in kept], 1 / number)
