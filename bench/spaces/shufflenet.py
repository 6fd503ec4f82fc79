"""The ShuffleNet space of Single path one-shot: a choice of block at each of 20 places."""

import re
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, NamedTuple

import numpy as np
from jaxtyping import Float, Int8

from bench.errors import DataError
from bench.spaces import Space
from bench.spaces.stages import Size
from bench.types import Arch, Genes, PerArch

BLOCKS = ("conv-3x3", "conv-5x5", "conv-7x7", "xception")
KERNELS = (3, 5, 7, 3)
"""Kernel of the depthwise convolutions of each block."""
XCEPTION = 3
STAGES = (4, 4, 8, 4)
"""Blocks per stage; the first of each changes resolution and width."""
PLACES = sum(STAGES)
WHOLE = 10
"""A width of 1, in tenths of half of a block's output channels."""
SCALES = (2, 4, 6, 8, 10, 12, 14, 16)
PerPlace = Int8[np.ndarray, "arch place"]
Halves = tuple[PerPlace, PerPlace]
"""The block and the scale, an index of `SCALES`, at every place."""


IMAGENET = Size(16, (64, 160, 320, 640), (2, 2, 2, 2), 2, 1024, 224, 1000)
"""The published networks: papers/single-path-one-shot, Table 1, and its code."""
CIFAR = Size(8, (16, 40, 80, 160), (1, 2, 2, 2), 1, 256, 32, 10)
"""A quarter of the published widths, half of the stem, images of 32x32; `costs` are those of its networks."""


class Place(NamedTuple):
    """A block's place: whether it is the first of its stage, its stride, input and output channels, input side.

    The first block of a stage passes on as many channels as enter it, so that each stage is wider than what is before.
    """

    first: bool
    stride: int
    before: int
    after: int
    side: int

    @property
    def entering(self) -> int:
        """Return the channels that enter the main branch: all in the first block of a stage, else half of them."""
        return self.before if self.first else self.before // 2

    @property
    def leaving(self) -> int:
        """Return the channels that the main branch adds to those of the other branch."""
        return self.after - self.entering

    def middle(self, scale: int) -> int:
        """Return the channels between the convolutions at a scale in tenths, at least one.

        >>> Place(True, 2, 16, 64, 112).middle(10), Place(True, 2, 16, 64, 112).middle(2)
        (32, 6)
        """
        return max(1, self.after // 2 * scale // 10)


def places(size: Size) -> list[Place]:
    """Return the place of every block of a network."""
    found, before, side = [], size.stem, -(-size.resolution // size.stem_stride)
    for blocks, after, stride in zip(STAGES, size.widths, size.strides, strict=True):
        for block in range(blocks):
            found.append(Place(block == 0, stride if block == 0 else 1, before, after, side))
            before, side = after, -(-side // found[-1].stride)
    return found


def _block(place: Place, choice: int, scale: int) -> tuple[int, int]:
    """Return the parameters, those of an affine batch norm included, and the multiply-adds of a block."""
    entering, middle, leaving = place.entering, place.middle(scale), place.leaving
    window, pixels, after = KERNELS[choice] ** 2, place.side**2, (-(-place.side // place.stride)) ** 2
    if choice == XCEPTION:
        depthwise = [(entering, after), (middle, after), (middle, after)]
        dense = [(entering, middle, after), (middle, middle, after), (middle, leaving, after)]
    else:
        depthwise = [(middle, after)]
        dense = [(entering, middle, pixels), (middle, leaving, after)]
    if place.first:  # the other branch, over the whole input
        depthwise.append((entering, after))
        dense.append((entering, entering, after))
    params = sum(window * channels + 2 * channels for channels, _ in depthwise)
    params += sum(inputs * outputs + 2 * outputs for inputs, outputs, _ in dense)
    flops = sum(window * channels * at for channels, at in depthwise)
    return params, flops + sum(inputs * outputs * at for inputs, outputs, at in dense)


@cache
def block_costs(size: Size) -> Float[np.ndarray, "cost place block scale"]:
    """Return the parameters and the multiply-adds of every block at every scale of `SCALES`."""
    found = [
        [[_block(place, choice, scale) for scale in SCALES] for choice in range(len(BLOCKS))] for place in places(size)
    ]
    return np.moveaxis(np.array(found, dtype=float), -1, 0)


def network_costs(blocks: PerPlace, scales: PerPlace, size: Size) -> tuple[PerArch, PerArch]:
    """Return parameters and multiply-adds of networks of `blocks` and `scales` (indices), each [arch].

    Parameters include the scale and shift of the batch norms; multiply-adds are those of convolutions and classifier,
    which has no bias. Source: papers/single-path-one-shot and its code.
    """
    of_blocks = block_costs(size)[:, np.arange(PLACES), blocks, scales].sum(axis=2)
    last = places(size)[-1]
    pixels, start = (-(-last.side // last.stride)) ** 2, -(-size.resolution // size.stem_stride)
    dense, classifier = last.after * size.head, size.head * size.classes
    params = of_blocks[0] + (27 + 2) * size.stem + dense + 2 * size.head + classifier
    return params, of_blocks[1] + 27 * size.stem * start**2 + dense * pixels + classifier


@dataclass(frozen=True, kw_only=True)
class Shufflenet(Space):
    """ShuffleNet blocks of Single path one-shot: at each of 20 places a 3x3, 5x5, 7x7 or Xception block.

    String: the published list of choices, `[2,1,0,...]`. Every combination is an architecture, and all are different.
    `params` and `flops` are those of the network with a quarter of the published widths at 32x32; `imagenet-flops`
    those of the published one at 224x224, by which the paper constrains sampling and search.
    Source: papers/single-path-one-shot, section 4; its code.

    >>> f"{Shufflenet().size:.3g}"
    '1.1e+12'
    """

    scales: ClassVar[tuple[int, ...]] = (WHOLE,)

    @property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        return (BLOCKS,) * PLACES

    def parse(self, text: str) -> Arch:
        """Return the choice at each place.

        >>> Shufflenet().parse("[2, 1, 0, 1, 2, 0, 2, 0, 2, 0, 2, 3, 0, 0, 0, 0, 3, 2, 3, 3]")[-4:]
        (3, 2, 3, 3)
        """
        return numbers_of(text, text, BLOCKS, "block")

    def spell(self, arch: Arch) -> str:
        return spelled_list(arch)

    def halves(self, genes: Genes) -> Halves:
        """Return the block and the scale, an index of `SCALES`, at each place [arch, place]."""
        return genes, np.full_like(genes, SCALES.index(WHOLE))

    def extremes(self) -> Genes:
        """Return the architectures of the fewest and of the most parameters."""
        params = block_costs(CIFAR)[0][:, :, SCALES.index(WHOLE)]
        return np.stack([params.argmin(axis=1), params.argmax(axis=1)]).astype(np.int8)

    def costs(self, genes: Genes) -> dict[str, PerArch]:
        params, flops = network_costs(*self.halves(genes), CIFAR)
        return {"params": params, "flops": flops, "imagenet-flops": network_costs(*self.halves(genes), IMAGENET)[1]}


def numbers_of(part: str, text: str, names: tuple[str, ...], kind: str) -> Arch:
    """Return the numbers of a list in `text`, one per place, each the index of one of the names."""
    inside = re.fullmatch(r"\s*\[([^\[\]]*)\]\s*", part)
    numbers = [number.strip() for number in inside[1].split(",")] if inside else []
    if len(numbers) != PLACES:
        raise DataError(f"'{text}': '{part.strip()}' is no list of {PLACES} {kind}s; expected [0,1,...]")
    for place, number in enumerate(numbers):
        if not re.fullmatch("[0-9]", number) or int(number) >= len(names):
            allowed = ", ".join(f"{index} {name}" for index, name in enumerate(names))
            raise DataError(f"'{text}': {kind} '{number}' at place {place}; allowed: {allowed}")
    return tuple(int(number) for number in numbers)


def spelled_list(numbers: Arch) -> str:
    """Return the published list of numbers.

    >>> spelled_list((2, 1, 0))
    '[2,1,0]'
    """
    return f"[{','.join(map(str, numbers))}]"
