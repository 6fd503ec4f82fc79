"""The mean of several checkpoints' predictions."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.allowed import at_least
from bench.optimize.averagings import Kept, copied
from bench.optimize.snapshots import Snapshots
from bench.slot import setting

if TYPE_CHECKING:
    from bench.optimize.averagings import Weights


@dataclass(frozen=True, kw_only=True)
class CheckpointEnsemble(Snapshots):
    """Predictions are the mean over the checkpoints at `count` moments, so prediction costs `count` times as much.

    Source: Ning et al., NeurIPS 2021 (temporal ensembles of scores).
    """

    count: int = setting(3, at_least(1, "checkpoints"))

    @property
    def members(self) -> int:
        return self.count

    def start(self, weights: "Weights") -> Kept:
        return Kept({})

    def update(self, kept: Kept, weights: "Weights", updates: int, total: int) -> None:
        number = self.number(updates, total)
        if number is not None:
            kept.sets[number] = copied(weights)
