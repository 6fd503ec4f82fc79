"""FairDARTS: every operation has its own sigmoid, pushed towards 0 or 1."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.allowed import not_negative
from bench.optimize.bilevel import Bilevel, Learned
from bench.slot import setting

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class FairDarts(Bilevel):
    """The weight of a choice is the sigmoid of its parameter, so that choices do not compete.

    `zero_one` times minus the mean of (weight - 1/2)^2 is added to the loss of the parameters. A decision's choice is
    as probable as that it is on and the others are off. Source: Chu et al., Fair DARTS (ECCV 2020), and its code, which
    steps the parameters with rate 3e-3. Differs from it: the probability is defined here, as the paper keeps every
    operation above a threshold; a NAS-Bench-201 edge has one.
    """

    rate: float = setting(3e-3, not_negative())
    zero_one: float = setting(10.0, not_negative())

    def weights(self, learned: Learned, progress: float) -> "Tensor":
        return learned.logits().sigmoid()

    def penalty(self, learned: Learned) -> "Tensor":
        weights = learned.parameters[learned.allowed].sigmoid()
        return -self.zero_one * (weights - 0.5).square().mean()

    def log_weights(self, learned: Learned) -> "Tensor":
        from torch.nn import functional

        on = functional.logsigmoid(learned.parameters)
        off = functional.logsigmoid(-learned.parameters).masked_fill(~learned.allowed, 0.0)
        return on + off.sum(dim=1, keepdim=True) - off
