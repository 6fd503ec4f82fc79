"""The interface of supernets for training and prediction."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from bench.types import Arch, Choice


class Supernet(nn.Module, ABC):
    """Shared weights of a whole space; one sub-network is active per call.

    `cells` is the number of cells that may each have their own architecture (`PerCell`). `rng` draws dropout masks;
    the training sets it. `each_norm_once`: no norm runs twice in a sub-network, so that consecutive architectures can
    share re-estimated statistics.
    """

    cells: int = 1
    rng: np.random.Generator | None = None
    each_norm_once: bool = False

    @abstractmethod
    def forward(self, images: Tensor, choice: Choice) -> Tensor:
        """Return logits [batch, class] of a sub-network on images [batch, channel, height, width].

        Raises `RecipeError` for a kind of choice that the family does not support.
        """

    def on_images(self, images: Tensor) -> Callable[[Choice], Tensor]:
        """Return `choice -> logits` on a fixed batch; an override may reuse computations that architectures share.

        The logits equal those of `forward` bit for bit, in any order; lexicographic order of the genes shares most.
        """
        return lambda choice: self(images, choice)

    def settle(self, archs: Sequence[Arch]) -> None:
        """Called in evaluation mode before architectures are predicted; by default does nothing.

        A supernet that looks up or computes something per architecture does it here: several threads predict.
        """
        return

    def many_on_images(self, images: Tensor) -> Callable[[Sequence[Arch]], Tensor]:
        """Return `archs -> logits [arch, batch, class]` on a fixed batch, for prediction on a GPU.

        An override may compute several architectures per call. Its logits may differ from those of `forward` by
        rounding.
        """
        logits = self.on_images(images)
        return lambda archs: torch.stack([logits(arch) for arch in archs])
