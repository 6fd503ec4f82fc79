"""A space for tests: any number of choices per decision, some combinations invalid where asked for."""

from dataclasses import dataclass

import numpy as np

from bench.errors import DataError
from bench.spaces import Space


@dataclass(frozen=True, kw_only=True)
class Toy(Space):
    """Digits joined by "."; an architecture is connected unless it begins with 0.

    `odd` leaves the architectures whose genes add up to an odd number, `rare` the one whose genes are all 1.
    `pretends_large` says that the space cannot be listed. Source: these tests.
    """

    sizes: tuple[int, ...] = (3, 4, 2)
    odd: bool = False
    rare: bool = False
    pretends_large: bool = False

    @property
    def choices(self):
        return tuple(tuple(f"choice {choice}" for choice in range(size)) for size in self.sizes)

    @property
    def listable(self):
        return super().listable and not self.pretends_large

    def valid(self, genes):
        if self.rare:
            return (genes == 1).all(axis=1)
        return genes.sum(axis=1) % 2 == 1 if self.odd else super().valid(genes)

    def extremes(self):
        low, high = np.zeros(self.decisions, dtype=np.int8), np.array(self.sizes, dtype=np.int8) - 1
        if self.odd:
            low[-1] += 1
            high[-1] -= 1 - int(high.sum()) % 2
        return np.stack([low, high]).astype(np.int8)

    def connected(self, genes):
        return genes[:, 0] != 0

    def parse(self, text):
        parts = text.split(".")
        if len(parts) != self.decisions or not all(part.isdecimal() for part in parts):
            raise DataError(f"'{text}' is not {self.decisions} digits joined by '.'")
        return tuple(map(int, parts))

    def spell(self, arch):
        return ".".join(map(str, arch))

    def costs(self, genes):
        return {"params": 1 + genes.sum(axis=1).astype(np.float64)}


@dataclass(frozen=True, kw_only=True)
class NotAllZero(Space):
    """Three decisions of three choices, of which not all may be 0: a space with an invalid combination."""

    @property
    def choices(self):
        return (("0", "1", "2"),) * 3

    def valid(self, genes):
        return np.asarray(genes.any(axis=1))

    def extremes(self):
        return np.array([[0, 0, 1], [2, 2, 2]], dtype=np.int8)

    def nonlinear(self, genes):
        return np.asarray((genes == 2).sum(axis=1))

    def parse(self, text):
        if text not in {self.spell(tuple(arch)) for arch in self.enumerate().tolist()}:
            raise DataError(f"'{text}' is not three digits from 0 to 2, not all 0")
        return tuple(map(int, text))

    def spell(self, arch):
        return "".join(map(str, arch))

    def costs(self, genes):
        sums = 1 + genes.sum(axis=1).astype(np.float64)
        return {"params": sums, "flops": sums}
