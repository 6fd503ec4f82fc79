"""Supernets that are a chain of blocks, one of several at each place."""

from abc import abstractmethod
from collections.abc import Callable

from torch import Tensor

from bench.errors import RecipeError
from bench.supernets.layers.supernet import Supernet
from bench.supernets.norms import Norm
from bench.types import Arch, Choice

Kept = dict[int, tuple[tuple[Arch, ...], Tensor]]
"""Per place its latest genes from the first place on, and the resulting values; -1: the stem."""


class Chain(Supernet):
    """A stem, `places` blocks, and a tail with the classifier; `family` is the name that errors give it."""

    each_norm_once = True

    def __init__(self, family: str, places: int, norm: Norm) -> None:
        super().__init__()
        self._family, self._length, self._tracks = family, places, norm.momentum is not None

    @abstractmethod
    def genes_at(self, arch: Arch, place: int) -> Arch:
        """Return the genes of an architecture that decide about the block at a place."""

    @abstractmethod
    def stem_of(self, images: Tensor) -> Tensor:
        """Return what enters the first block, from images [batch, channel, row, column]."""

    @abstractmethod
    def block_of(self, place: int, genes: Arch, values: Tensor) -> Tensor:
        """Return the output of the block at a place."""

    @abstractmethod
    def tail_of(self, values: Tensor) -> Tensor:
        """Return the logits [batch, class] from the output of the last block."""

    def forward(self, images: Tensor, choice: Choice) -> Tensor:
        return self._logits(images, choice, {})

    def on_images(self, images: Tensor) -> Callable[[Choice], Tensor]:
        """Reuse the leading blocks that the previous architecture has too.

        If training tracks statistics nothing is reused, as every path must update them.
        """
        if self.training and self._tracks:
            return super().on_images(images)
        kept: Kept = {}
        return lambda choice: self._logits(images, choice, kept)

    def _logits(self, images: Tensor, choice: Choice, kept: Kept) -> Tensor:
        if not isinstance(choice, tuple):
            raise RecipeError(
                f"{self._family} supernet takes one architecture, not a {type(choice).__name__}; name one"
            )
        if -1 not in kept:
            kept[-1] = ((), self.stem_of(images))
        values = kept[-1][1]
        prefix: tuple[Arch, ...] = ()
        for place in range(self._length):
            genes = self.genes_at(choice, place)
            prefix = (*prefix, genes)
            if place not in kept or kept[place][0] != prefix:
                kept[place] = (prefix, self.block_of(place, genes, values))
            values = kept[place][1]
        return self.tail_of(values)
