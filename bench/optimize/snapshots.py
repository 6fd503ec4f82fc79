"""Moments in training at which weights are kept."""

from dataclasses import dataclass

from bench.errors import RecipeError
from bench.optimize.averagings import Averaging


@dataclass(frozen=True, kw_only=True)
class Snapshots(Averaging):
    """`count` moments, evenly spaced over the last `portion` of training; the last one is its end."""

    count: int = 5
    portion: float = 0.5

    def __post_init__(self) -> None:
        name = self.slot_name()
        if self.count < 1:
            raise RecipeError(f"{name}.count is {self.count}; allowed: 1 or more")
        if not 0 < self.portion <= 1:
            raise RecipeError(f"{name}.portion is {self.portion}; allowed: above 0 and at most 1, of all updates")

    def number(self, updates: int, total: int) -> int | None:
        """Return the number, from 1, of the moment that update `updates` of `total` is; None between two.

        Where the last part of training has fewer updates than moments, each is one.
        """
        length = self.portion * total
        count = max(1, min(self.count, int(length)))
        places = [round(total - length * back / count) for back in reversed(range(count))]
        return places.index(updates) + 1 if updates in places else None
