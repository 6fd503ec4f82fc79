"""DARTS-: an auxiliary skip connection on every edge, which fades away."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.allowed import Text, not_negative
from bench.errors import unknown_name
from bench.optimize.bilevel import Learned
from bench.optimize.updates.darts_first_order import DartsFirstOrder
from bench.slot import setting
from bench.spaces import Space

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class DartsMinus(DartsFirstOrder):
    """DARTS whose mixtures add `beta` times the choice `skip` to every decision that has it; beta falls linearly to 0.

    Architecture parameters have no part in the auxiliary skip, which is therefore no advantage to the operation.
    Source: Chu et al., DARTS- (ICLR 2021), and its code. Differs from it: beta falls at every update, not every epoch,
    to 0 after the last one; the other settings are those of AutoDL.
    """

    beta: float = setting(1.0, not_negative())
    skip: str = setting("skip_connect", Text())

    def weights(self, learned: Learned, progress: float) -> "Tensor":
        from torch import zeros

        extra = zeros(learned.allowed.shape)
        for decision, choice in self.skips(learned.space):
            extra[decision, choice] = self.beta * (1 - progress) / float(learned.sharing[decision, 0])
        return super().weights(learned, progress) + extra.to(learned.parameters.device)

    def skips(self, space: Space) -> list[tuple[int, int]]:
        """Return every (decision, choice) that is a skip; raises `UnknownName` if the space has none."""
        found = [
            (decision, choice)
            for decision, kept in enumerate(space.allowed)
            for choice in kept
            if space.choices[decision][choice].split("@")[0] == self.skip
        ]
        if not found:
            names = sorted({space.choices[d][c].split("@")[0] for d, kept in enumerate(space.allowed) for c in kept})
            raise unknown_name("choice", self.skip, names, f"{self.slot_name()}.skip names one of the space")
        return found
