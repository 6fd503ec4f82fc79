"""What every training loss can do; one file beside this per loss."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from bench.slot import Slot

if TYPE_CHECKING:
    from torch import Tensor


class Loss(Slot, ABC):
    """The quantity that training lowers, for one sub-network on one batch."""

    @abstractmethod
    def __call__(self, logits: "Tensor", labels: "Tensor") -> "Tensor":
        """Return the mean loss, a scalar, of logits [batch, class] and labels [batch]."""
