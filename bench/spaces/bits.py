"""Mixed precision: a residual network whose blocks choose their bit widths and the width of their first convolution."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from bench.allowed import OneOf
from bench.errors import DataError
from bench.slot import setting
from bench.spaces import Space
from bench.types import Arch, Genes, PerArch

BITS = ((1, 2), (2, 2), (1, 4), (2, 4), (3, 4), (4, 4))
"""(bits per weight, bits per activation), of both convolutions of a block; papers/single-path-one-shot, section 4."""
WIDTHS = (0.5, 1.0, 1.5)
"""Output channels of a block's first convolution, times those of the block."""
CHOICES = (tuple(f"w{w}a{a}" for w, a in BITS), tuple(f"x{width:g}" for width in WIDTHS))
UNIT = 2**30
"""Bit operations are counted in this unit, with which the paper's uniform rows agree to the printed digit."""


class Block(NamedTuple):
    """A residual block: its channels before and after, its stride, and the side in pixels of its output."""

    before: int
    after: int
    stride: int
    side: int

    @property
    def projected(self) -> bool:
        """Return whether a 1x1 convolution stands on the shortcut, because input and output differ in shape."""
        return self.stride > 1 or self.before != self.after


@dataclass(frozen=True)
class Network:
    """A residual network: blocks per stage, channels of the first stage (doubled by each later one), images, stem.

    The stem's convolution of side `kernel` and what follows it divide the images' `resolution` by `reduction`.
    """

    stages: tuple[int, ...]
    width: int
    resolution: int
    kernel: int
    reduction: int
    classes: int

    def blocks(self, width: int, resolution: int) -> Iterator[Block]:
        """Yield the residual blocks of the network with this width on images of this resolution, from the input."""
        before, side = width, resolution // self.reduction
        for stage, count in enumerate(self.stages):
            for place in range(count):
                stride = 2 if stage and not place else 1
                side //= stride
                yield Block(before, width << stage, stride, side)
                before = width << stage


NETWORKS = {
    "resnet-20": Network((3, 3, 3), width=16, resolution=32, kernel=3, reduction=1, classes=10),
    "resnet-18": Network((2, 2, 2, 2), width=64, resolution=224, kernel=7, reduction=4, classes=1_000),
    "resnet-34": Network((3, 4, 6, 3), width=64, resolution=224, kernel=7, reduction=4, classes=1_000),
}


@dataclass(frozen=True, kw_only=True)
class Bits(Space):
    """Mixed precision: each residual block chooses its weight and activation bits, and its first convolution's width.

    String: one part per block, from the input, joined by '-'. `w2a4x1.5` has weights of 2 bits and activations of 4 in
    both convolutions of the block (and in the 1x1 convolution on its shortcut, if there is one), and 1.5 times the
    block's channels between them. Stem and classifier are not quantized. Bits and width are a decision each, so that
    strictly fair sampling takes 6 paths rather than 18 and few-shot splits by either.
    Differs from the paper: a mutation redraws the bits or the width of a block, not both at once.
    `network`: "resnet-20" for CIFAR with 9 blocks; the paper's "resnet-18" and "resnet-34" for ImageNet with 8 and 16.
    Source: papers/single-path-one-shot, section 4 (mixed-precision quantization).

    >>> f"{Bits().size:.3g}", Bits(network="resnet-18").size == 18**8
    ('1.98e+11', True)
    """

    network: str = setting("resnet-20", OneOf(tuple(NETWORKS)))

    @property
    def layout(self) -> Network:
        """Return the network's blocks, images and stem."""
        return NETWORKS[self.network]

    @property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        return CHOICES * sum(self.layout.stages)

    @property
    def decision_names(self) -> tuple[str, ...]:
        """Return the bits and the width of each block.

        >>> Bits().decision_names[-4:]
        ('bits 8', 'width 8', 'bits 9', 'width 9')
        """
        blocks = range(1, sum(self.layout.stages) + 1)
        return tuple(f"{name} {block}" for block in blocks for name in ("bits", "width"))

    def parse(self, text: str) -> Arch:
        """Return the choice indices, bits and width of each block in turn.

        >>> Bits().parse("-".join(["w1a2x0.5"] * 8 + ["w2a4x1.5"]))[-4:]
        (0, 0, 3, 2)
        """
        parts, blocks = text.strip().split("-"), sum(self.layout.stages)
        if len(parts) != blocks:
            raise DataError(f"'{text}' has {len(parts)} blocks, expected {blocks} joined by '-'")
        genes: list[int] = []
        for block, part in enumerate(parts, 1):
            bits, times, width = part.partition("x")
            for name, known in zip((bits, times + width), CHOICES, strict=True):
                if name not in known:
                    raise DataError(
                        f"'{text}': block {block} is '{part}'; allowed: {', '.join(CHOICES[0])}, then "
                        f"{', '.join(CHOICES[1])}, such as {CHOICES[0][0]}{CHOICES[1][0]}"
                    )
                genes.append(known.index(name))
        return tuple(genes)

    def spell(self, arch: Arch) -> str:
        names = [names[choice] for names, choice in zip(self.choices, arch, strict=True)]
        return "-".join(bits + width for bits, width in zip(names[::2], names[1::2], strict=True))

    def costs(self, genes: Genes) -> dict[str, PerArch]:
        """Return `params`, `flops` (multiply-adds) and `bitops` (in units of 2^30) of the network at its full size.

        Full size is `Network.width` channels and `Network.resolution` pixels, whatever the size of the supernet.
        Parameters count the float weights, norms, classifier and one clipping value per quantized convolution. Bit
        operations are the sum, over the convolutions of residual blocks, of multiply-adds times bits per weight times
        bits per activation; stem and classifier have none.
        """
        blocks, outside = np.arange(self.decisions // 2), self._outside_blocks()
        return {
            name: outside.get(name, 0.0) + values[blocks, genes[:, ::2], genes[:, 1::2]].sum(axis=1)
            for name, values in self.per_choice().items()
        }

    def per_choice(self) -> dict[str, Float[np.ndarray, "block bits width"]]:
        """Return the part of each cost that a block has with each of its choices; a network's cost is their sum."""
        layout, times = self.layout, np.array(WIDTHS)
        params, macs = [], []
        for block in layout.blocks(layout.width, layout.resolution):
            middle, projection = block.after * times, block.before * block.after * block.projected
            weights = 9 * block.before * middle + 9 * middle * block.after + projection
            params.append(weights + 2 * middle + 2 * block.after * (1 + block.projected) + 2 + block.projected)
            macs.append(weights * block.side**2)
        shape = (len(macs), len(BITS), len(WIDTHS))
        per_operation = np.array([weight * activation for weight, activation in BITS], dtype=float)
        flops = np.broadcast_to(np.array(macs)[:, None, :], shape)
        return {
            "params": np.broadcast_to(np.array(params)[:, None, :], shape),
            "flops": flops,
            "bitops": flops * per_operation[:, None] / UNIT,
        }

    def _outside_blocks(self) -> dict[str, float]:
        """Return the part of the costs that all architectures have: stem and classifier."""
        layout = self.layout
        stem = 3 * layout.kernel**2 * layout.width
        classifier = ((layout.width << (len(layout.stages) - 1)) + 1) * layout.classes
        side = layout.resolution // (1 if layout.reduction == 1 else 2)  # a 7x7 stem has stride 2, as has its pooling
        return {"params": stem + 2.0 * layout.width + classifier, "flops": float(stem * side**2 + classifier)}
