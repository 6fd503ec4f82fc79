"""How the supernet normalizes: the statistics of a sub-network in training and in prediction."""

from abc import ABC
from dataclasses import dataclass

from bench.errors import RecipeError
from bench.registry import Registry
from bench.slot import Slot


@dataclass(frozen=True, kw_only=True)
class Norm(Slot, ABC):
    """Batch norm of a supernet; `affine` adds a learned scale and shift per channel.

    `per_inputs` (weight-sharing batch norm): an operation has a norm for every set of live edges into the node that it
    reads. It needs a norm with parameters or tracked statistics.
    Source: code base of How to train your supernet (wsbn).
    """

    affine: bool = False
    per_inputs: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.per_inputs and not self.affine and self.momentum is None:
            raise RecipeError(
                f"{self.slot_name()}.per_inputs is True, but this norm has no parameters or statistics; "
                "allowed: with affine=True, or with tracked statistics"
            )

    @property
    def momentum(self) -> float | None:
        """Return the weight of a new batch in the tracked statistics; None: no tracked statistics."""
        return None

    @property
    def recalibration_images(self) -> int:
        """Return the number of training images that re-estimate the statistics of each architecture; 0: none."""
        return 0


NORMS: Registry[type[Norm]] = Registry("norms", "bench.supernets.norms", Norm)
