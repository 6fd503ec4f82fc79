"""What every supernet offers to training and prediction."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
from torch import Tensor, nn

from bench.types import Choice


class Supernet(nn.Module, ABC):
    """Shared weights of a whole space; one sub-network is active per call.

    `cells` counts the cells that may each take an architecture of their own (`PerCell`). `rng` draws dropout masks;
    the training sets it. `each_norm_once`: no norm runs twice in one sub-network, so that statistics of neighbours can
    be shared.
    """

    cells: int = 1
    rng: np.random.Generator | None = None
    each_norm_once: bool = False

    @abstractmethod
    def forward(self, images: Tensor, choice: Choice) -> Tensor:
        """Return logits [batch, class] of a sub-network on images [batch, channel, height, width].

        Raises `RecipeError` for a kind of choice that the family does not know.
        """

    def on_images(self, images: Tensor) -> Callable[[Choice], Tensor]:
        """Return `choice -> logits` on a fixed batch; an override may keep what several architectures share.

        The order changes no bit of the answers, equal to those of `forward`; lexicographic order of genes shares most.
        """
        return lambda choice: self(images, choice)
