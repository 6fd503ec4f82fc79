"""Training losses; one file per loss."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from bench.registry import Registry
from bench.slot import Slot

if TYPE_CHECKING:
    from torch import Tensor


class Loss(Slot, ABC):
    """The quantity that training lowers, for one sub-network on one batch.

    `teacher` says whose answers `taught` compares with: those of the largest architecture of the supernet in the
    same update ("running"), of the largest one trained before on its own ("fixed"), or of none (None).
    """

    teacher: ClassVar[str | None] = None

    @abstractmethod
    def __call__(self, logits: "Tensor", labels: "Tensor") -> "Tensor":
        """Return the mean loss, a scalar, of logits [batch, class] and labels [batch]."""

    def taught(self, logits: "Tensor", labels: "Tensor", teacher: "Tensor") -> "Tensor":
        """Return the mean loss of a sub-network beside its teacher's logits [batch, class], which carry no gradient."""
        return self(logits, labels)


LOSSES: Registry[Loss] = Registry("losses", "bench.optimize.losses", Loss)
