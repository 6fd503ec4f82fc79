"""Supernets that are a chain: a stem, a layer or block at each place, and a tail with the classifier."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from torch import Tensor

from bench.errors import RecipeError
from bench.supernets.layers.prefixes import Prefixes
from bench.supernets.layers.supernet import Supernet
from bench.supernets.norms import Norm
from bench.types import Arch, Choice

S = TypeVar("S")


class Chain(Supernet, Generic[S]):
    """A stem, `places` blocks, and a tail with the classifier; `family` is the name that errors give it.

    Between them passes a state, by default the values of the images. By default a place has one gene.
    """

    each_norm_once = True

    def __init__(self, family: str, places: int, norm: Norm) -> None:
        super().__init__()
        self._family, self._length, self._tracks = family, places, norm.momentum is not None

    def genes_at(self, arch: Arch, place: int) -> Arch:
        """Return the genes of an architecture that decide about the block at a place."""
        return arch[place : place + 1]

    @abstractmethod
    def stem_of(self, images: Tensor) -> S:
        """Return what enters the first block, from images [batch, channel, row, column]."""

    @abstractmethod
    def block_of(self, place: int, genes: Arch, state: S) -> S:
        """Return the state after the block at a place."""

    @abstractmethod
    def tail_of(self, state: S) -> Tensor:
        """Return the logits [batch, class] from the state after the last block."""

    def forward(self, images: Tensor, choice: Choice) -> Tensor:
        return self._logits(images, choice, Prefixes())

    def on_images(self, images: Tensor) -> Callable[[Choice], Tensor]:
        """Reuse the stem, and the leading blocks that the previous architecture has too.

        If training tracks statistics nothing is reused, as every path must update them.
        """
        if self.training and self._tracks:
            return super().on_images(images)
        kept: Prefixes[S] = Prefixes()
        return lambda choice: self._logits(images, choice, kept)

    def _logits(self, images: Tensor, choice: Choice, kept: Prefixes[S]) -> Tensor:
        if not isinstance(choice, tuple):
            raise RecipeError(f"{self._family} takes one architecture, not a {type(choice).__name__}; name one")
        parts: tuple[Arch, ...] = ((), *(self.genes_at(choice, place) for place in range(self._length)))

        def step(place: int, state: S) -> S:
            return self.block_of(place - 1, parts[place], state) if place else self.stem_of(images)

        return self.tail_of(kept.last(parts, cast(Any, images), step))
