"""DARTS, first order: a softmax mixture of all operations."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.device.transfer import to_device
from bench.optimize.bilevel import Bilevel, Learned

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class DartsFirstOrder(Bilevel):
    """Weights and architecture parameters are trained with the softmax mixture of all operations.

    In a space whose decisions choose an input with an operation, the softmax is over the operations of each input, and
    decisions about the same inputs share it in equal parts: the relaxed cell of the paper. Source: Liu et al., DARTS
    (ICLR 2019), first order; settings of AutoDL.
    """

    def weights(self, learned: Learned, progress: float) -> "Tensor":
        if learned.edges is None:
            return learned.logits().softmax(dim=1)
        return learned.log_shares().exp() / to_device(learned.sharing, learned.parameters.device)

    def log_weights(self, learned: Learned) -> "Tensor":
        return learned.log_shares()
