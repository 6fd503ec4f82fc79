"""The last weights, without averaging."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.optimize.averagings import Averaging, Kept

if TYPE_CHECKING:
    from bench.optimize.averagings import Weights


@dataclass(frozen=True, kw_only=True)
class NoAveraging(Averaging):
    """Predictions come from the weights after the last update."""

    def start(self, weights: "Weights") -> Kept:
        return Kept({})

    def update(self, kept: Kept, weights: "Weights", updates: int, total: int) -> None:
        return
