"""Bootstrap resamples of the architectures, and computations that the metrics on them share."""

from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
from jaxtyping import Bool, Float, Int

from bench.scores.diverged import settled
from bench.scores.resampling.concordance import (
    Drawn,
    Ranks,
    dense_ranks,
    grouped,
    net_concordance,
    running_sum,
    total_concordance,
)
from bench.scores.resampling.counts import as_drawn
from bench.scores.resampling.head import Head, head
from bench.scores.resampling.kept import Kept, once
from bench.types import PerArch

PerResample = Float[np.ndarray, "resample"]
KEPT = 12
"""How many rankings, and how many true tops, of shared arrays are kept: some 100 MB for a thousand resamples."""
EXACT = 2**24
"""Integers below are exact in single precision."""


@dataclass(frozen=True, eq=False)
class Resamples:
    """A prediction and a truth, [arch], and the number of times each resample draws each architecture.

    Ranks of all architectures are computed once; a resample changes the count of a rank, not the order, so no metric
    sorts again. Resamples may differ in size. Counts `drawn` [arch, resample] are single-precision floats, for BLAS;
    integers up to 2^24 are exact in them.

    Predictions of one population are resampled alike, so what depends only on the truth, or on another array that they
    share, is computed for the first of them and kept: counts that are kept (`drawn_counts`) cannot be written to.
    """

    prediction: PerArch
    truth: PerArch
    drawn: Drawn
    _heads: dict[int, Head] = field(default_factory=dict, init=False)
    _rankings: dict[bytes, "Ranking"] = field(default_factory=dict, init=False)
    _concordances: dict[frozenset[int], PerResample] = field(default_factory=dict, init=False)

    @classmethod
    def of(cls, prediction: PerArch, truth: PerArch, counts: Int[np.ndarray, "resample arch"]) -> "Resamples":
        """Return the resamples that draw architecture j `counts[:, j]` times; diverged predictions rank last."""
        return cls(settled(prediction), truth, as_drawn(counts))

    def __len__(self) -> int:
        return self.drawn.shape[1]

    @cached_property
    def sizes(self) -> PerResample:
        """The number of architectures in a resample, with repetitions."""
        return once(_sizes, self.drawn)(Kept(self.drawn))

    @cached_property
    def by_prediction(self) -> "Ranking":
        """The architectures ranked by prediction."""
        return self.ranked(self.prediction, shared=False)

    @cached_property
    def by_truth(self) -> "Ranking":
        """The architectures ranked by truth."""
        return self.ranked(self.truth)

    def ranked(self, values: PerArch, *, shared: bool = True) -> "Ranking":
        """Return the architectures ranked by values, the same ranking for the same values.

        `shared` values are those of many predictions, whose ranking is kept.
        """
        key = values.tobytes()
        if key not in self._rankings:
            found = once(_ranking, self.drawn) if shared else _ranking.__wrapped__
            self._rankings[key] = found(key, values.dtype.str, Kept(self.drawn))
        return self._rankings[key]

    def concordance(self, first: "Ranking", second: "Ranking") -> PerResample:
        """Return twice the concordant minus discordant pairs of two of these rankings, computed once."""
        key = frozenset((id(first), id(second)))  # both live as long as this
        if key not in self._concordances:
            alone = self.by_prediction in (first, second)
            found = _concordance.__wrapped__ if alone else once(_concordance, self.drawn)
            self._concordances[key] = found(*sorted((first, second), key=id))
        return self._concordances[key]

    @cached_property
    def net(self) -> Drawn:
        """Concordant minus discordant pairs of each architecture in each resample."""
        return net_concordance(self.by_prediction.ranks, self.by_truth.ranks, self.drawn)

    @cached_property
    def constant(self) -> Bool[np.ndarray, "resample"]:
        """Whether the predictions or the truths of a resample are all equal."""
        return (self.by_prediction.untied_pairs == 0) | (self.by_truth.untied_pairs == 0)

    def predicted_top(self, number: int) -> Head:
        """Return the predicted top `number`, equal predictions in order of descending truth."""
        if number not in self._heads:
            self._heads[number] = head(self._falling, self.prediction, self.drawn, number)
        return self._heads[number]

    def true_top(self, number: int) -> Head:
        """Return the true top `number`."""
        found = once(_true_top, self.drawn)
        return found(self.truth.tobytes(), self.truth.dtype.str, Kept(self.drawn), number)

    @cached_property
    def _falling(self) -> Ranks:
        return np.lexsort((-self.truth, -self.prediction))

    def spelt_out(self, resample: int) -> tuple[PerArch, PerArch]:
        """Return prediction and truth of one resample, repeating an architecture as often as it was drawn."""
        times = self.drawn[:, resample].astype(int)
        return np.repeat(self.prediction, times), np.repeat(self.truth, times)


@dataclass(frozen=True, eq=False)
class Ranking:
    """Dense ranks, 0 the lowest, and the number of times each resample draws each architecture."""

    ranks: Ranks
    drawn: Drawn

    @cached_property
    def sizes(self) -> Float[np.ndarray, "rank resample"]:
        """The number of architectures of a resample with the rank."""
        return grouped(self.ranks, self.drawn)

    @cached_property
    def up_to(self) -> Float[np.ndarray, "rank resample"]:
        """The number of architectures of a resample with the rank or a lower one."""
        return running_sum(self.sizes)

    @cached_property
    def untied_pairs(self) -> PerResample:
        """Twice the number of pairs of a resample that differ in rank."""
        total = once(_sizes, self.drawn)(Kept(self.drawn))
        exact = total.max(initial=0) ** 2 < EXACT  # sums of whole numbers, whatever the order of adding
        return total**2 - np.einsum("rs,rs->s", self.sizes, self.sizes, dtype=np.float32 if exact else np.float64)

    @property
    def centred(self) -> Drawn:
        """Mean rank of each architecture in a resample, shared by ties, minus the mean of all ranks."""
        return (self.up_to - (self.sizes + self.up_to[-1]) / 2)[self.ranks]


@lru_cache(maxsize=KEPT)
def _sizes(drawn: Kept) -> PerResample:
    """Return the number of architectures in each resample."""
    return drawn.array.sum(axis=0, dtype=np.float64)


@lru_cache(maxsize=KEPT)
def _ranking(values: bytes, dtype: str, drawn: Kept) -> Ranking:
    return Ranking(dense_ranks(np.frombuffer(values, dtype=dtype)), drawn.array)


@lru_cache(maxsize=KEPT)
def _concordance(first: Ranking, second: Ranking) -> PerResample:
    return total_concordance(first.ranks, second.ranks, first.drawn)


@lru_cache(maxsize=2 * KEPT)
def _true_top(truth: bytes, dtype: str, drawn: Kept, number: int) -> Head:
    values = np.frombuffer(truth, dtype=dtype)
    return head(np.argsort(-values, kind="stable"), values, drawn.array, number)
