"""The head of a ranking: the few architectures that can reach the top N of a resample."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int

from bench.scores.resampling.concordance import Drawn, Ranks, running_sum

Positions = Int[np.ndarray, "resample"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Head:
    """Architectures from the best down, and which of them are in the top of each resample.

    `order` [head] are positions, `drawn` [head, resample] their counts. In each resample those from `start` to `stop`
    (exclusive) tie for the last place, those before `start` are certainly inside, and `left` places remain for those
    that tie.
    """

    order: Ranks
    drawn: Drawn
    start: Positions
    stop: Positions
    left: Float[np.ndarray, "resample"]

    @cached_property
    def inside(self) -> Drawn:
        """The counts of the top, including all that tie with the last place."""
        inside = np.where(np.arange(len(self.order))[:, None] < self.stop, self.drawn, 0)
        inside.flags.writeable = False
        return inside

    @cached_property
    def counts(self) -> Float[np.ndarray, "head resample"]:
        """The same in double precision."""
        return self.inside.astype(np.float64)

    @cached_property
    def total(self) -> Float[np.ndarray, "resample"]:
        """The number of architectures in the top, including all that tie with the last place."""
        return self.counts.sum(axis=0)

    def sums(self, values: Drawn) -> tuple[Float[np.ndarray, "resample"], Float[np.ndarray, "resample"]]:
        """Return the sum of `values` [head, resample] over those certainly inside, and over those that tie."""
        upto = np.concatenate([np.zeros((1, values.shape[1])), running_sum(values)])
        every = np.arange(values.shape[1])
        return upto[self.start, every], upto[self.stop, every] - upto[self.start, every]


def head(order: Ranks, values: np.ndarray, drawn: Drawn, number: int) -> Head:
    """Return the head that contains the top `number` of every resample; each must draw that many.

    `order` lists the architectures by descending value.

    >>> two = head(np.array([1, 2, 0]), np.array([1.0, 3.0, 3.0]), np.array([[2.0], [1.0], [0.0]]), number=2)
    >>> two.start, two.stop, two.left  # the one best and one of the two copies of the third
    (array([2]), array([3]), array([1.]))
    """
    width = number + 32
    while width < len(order) and drawn[order[:width]].sum(axis=0).min() < number:
        width *= 2
    width += int(np.count_nonzero(values[order[width:]] == values[order[:width][-1]]))
    order = order[:width]
    upto = running_sum(drawn[order])
    last = np.count_nonzero(upto < number, axis=0)
    falling = -values[order]
    start, stop = (np.searchsorted(falling, falling[last], side=side) for side in ("left", "right"))
    deepest = int(stop.max(initial=0))
    order = order[:deepest]
    before = np.where(start > 0, upto[start - 1, np.arange(len(start))], 0)
    return Head(order=order, drawn=drawn[order], start=start, stop=stop, left=number - before)
