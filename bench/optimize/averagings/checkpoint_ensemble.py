"""The mean of several checkpoints' predictions."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.optimize.snapshots import Snapshots

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class CheckpointEnsemble(Snapshots):
    """Every checkpoint of `count` moments predicts; a score is the mean of theirs, so prediction costs `count` times.

    Source: Ning et al., NeurIPS 2021 (temporal ensembles of scores).
    """

    count: int = 3

    @property
    def answers(self) -> int:
        return self.count

    def start(self, weights: "dict[str, Tensor]") -> "dict[str, Tensor]":
        return {}

    def update(self, kept: "dict[str, Tensor]", weights: "dict[str, Tensor]", updates: int, total: int) -> None:
        number = self.number(updates, total)
        if number is not None:
            kept.update({f"{number}/{name}": weight.detach().clone() for name, weight in weights.items()})

    def members(self, kept: "dict[str, Tensor]", weights: "dict[str, Tensor]") -> "list[dict[str, Tensor]]":
        numbers = sorted({int(name.partition("/")[0]) for name in kept})
        return [{name: kept[f"{number}/{name}"] for name in weights} for number in numbers]
