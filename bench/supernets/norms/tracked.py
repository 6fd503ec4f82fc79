"""Running averages over all trained paths."""

from dataclasses import dataclass

from bench.allowed import between
from bench.slot import setting
from bench.supernets.norms import Norm


@dataclass(frozen=True, kw_only=True)
class Tracked(Norm):
    """Training updates exponential running statistics, shared by all paths; prediction uses them.

    `new_batch` is PyTorch's momentum: the weight of the newest batch. Source: Ioffe & Szegedy (2015).
    """

    new_batch: float = setting(0.1, between(0, 1, above=True))

    @property
    def momentum(self) -> float | None:
        return self.new_batch
