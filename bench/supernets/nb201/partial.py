"""Operations on a part of the channels, past which the others go unchanged."""

import torch
from torch import Tensor

from bench.errors import RecipeError
from bench.supernets.nb201 import NB201Net


class PartialChannels:
    """The first `kept` of `channels` channels, on which operations act, and how the others join their result.

    `kept` is a part of `channels` that divides them, at least one; with all of them an operation is the plain one.
    """

    def __init__(self, construct: NB201Net, channels: int) -> None:
        self.kept = max(1, channels // construct.partial_channels)
        self.whole = self.kept == channels
        if channels % self.kept:
            raise RecipeError(
                f"{construct.slot_name()}.partial_channels is {construct.partial_channels}, but a cell of {channels} "
                f"channels cannot be interleaved in groups of {self.kept}; allowed: a divisor of the width"
            )

    def of(self, values: Tensor) -> Tensor:
        """Return the channels on which operations act, [batch, kept, height, width]."""
        return values if self.whole else values[:, : self.kept]

    def joined(self, result: Tensor, start: Tensor, weight: "Tensor | float" = 1.0) -> Tensor:
        """Return an operation's result beside the other channels of its input times `weight`, interleaved.

        Channels c, kept + c, 2 kept + c, ... stand side by side, so that the next operation acts on others. Source: the
        channel shuffle of PC-DARTS' code.
        """
        if self.whole:
            return result
        every = torch.cat([result, weight * start[:, self.kept :]], dim=1)
        shuffled = every.unflatten(1, (-1, self.kept)).transpose(1, 2).flatten(1, 2)
        return shuffled.contiguous(memory_format=torch.channels_last)
