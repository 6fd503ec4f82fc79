"""DARTS, first order: a softmax mixture of all operations."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.optimize.bilevel import Bilevel, Learned

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class DartsFirstOrder(Bilevel):
    """Weights and architecture parameters are trained with the softmax mixture of all operations.

    Source: Liu et al., DARTS (ICLR 2019), first order; settings of AutoDL.
    """

    def weights(self, learned: Learned, progress: float) -> "Tensor":
        return learned.logits().softmax(dim=1)
