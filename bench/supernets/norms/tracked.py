"""Running averages over whatever paths were trained."""

from dataclasses import dataclass

from bench.errors import RecipeError
from bench.supernets.norms import Norm


@dataclass(frozen=True, kw_only=True)
class Tracked(Norm):
    """Training updates exponential running statistics, shared by all paths; prediction uses them.

    `new_batch` is PyTorch's momentum: the weight of the newest batch. Source: Ioffe & Szegedy (2015).
    """

    new_batch: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.new_batch <= 1:
            raise RecipeError(f"tracked.new_batch is {self.new_batch}; allowed: above 0 and at most 1 (PyTorch: 0.1)")

    @property
    def momentum(self) -> float | None:
        return self.new_batch
