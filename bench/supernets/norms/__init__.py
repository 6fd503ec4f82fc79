"""How the supernet normalizes: which statistics a sub-network sees while it is trained and ranked."""

from abc import ABC
from dataclasses import dataclass

from bench.registry import Registry
from bench.slot import Slot


@dataclass(frozen=True, kw_only=True)
class Norm(Slot, ABC):
    """Batch norm of a supernet; `affine` adds a learned scale and shift per channel."""

    affine: bool = False

    @property
    def momentum(self) -> float | None:
        """Return the weight of a new batch in the tracked statistics; None keeps no tracked statistics."""
        return None

    @property
    def recalibration_images(self) -> int:
        """Return how many training images re-estimate the statistics for each architecture; 0 for none."""
        return 0


NORMS: Registry[Norm] = Registry("norms", "bench.supernets.norms", Norm)
