"""Moments in training at which weights are kept."""

from dataclasses import dataclass

from bench.allowed import at_least, between
from bench.optimize.averagings import Averaging
from bench.slot import setting


@dataclass(frozen=True, kw_only=True)
class Snapshots(Averaging):
    """`count` moments, evenly spaced over the last `fraction` of training; the last is the end of training."""

    count: int = setting(5, at_least(1, "checkpoints"))
    fraction: float = setting(0.5, between(0, 1, above=True, unit="of all updates"))

    def number(self, updates: int, total: int) -> int | None:
        """Return the number, from 1, of the moment at update `updates` of `total`; None between two moments.

        If the last `fraction` has fewer updates than `count`, every update of it is a moment.
        """
        length = self.fraction * total
        count = max(1, min(self.count, int(length)))
        places = [round(total - length * back / count) for back in reversed(range(count))]
        return places.index(updates) + 1 if updates in places else None
