"""What every supernet offers to training and prediction."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from torch import Tensor, nn

from bench.supernets.cuts import Cuts
from bench.types import Arch


class Supernet(nn.Module, ABC):
    """Shared weights of a whole space; one architecture is active per call."""

    @abstractmethod
    def forward(self, images: Tensor, arch: Arch) -> Tensor:
        """Return logits [batch, class] of the sub-network `arch` on images [batch, channel, height, width]."""

    def on_images(self, images: Tensor, cuts: Cuts | None = None) -> Callable[[Arch], Tensor]:
        """Return `arch -> logits` on a fixed batch; an override may keep what several architectures share.

        The order changes no bit of the answers, equal to those of `forward`; lexicographic order of genes shares most.
        The graphs of the answers may share nodes, so they go backward together; with `cuts` each goes backward on its
        own, and `cuts.backward()` comes after all of them.
        """
        return lambda arch: self(images, arch)
