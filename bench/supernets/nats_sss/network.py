"""The supernet of the NATS-Bench size space: a fixed cell whose widths use slices or copies of shared weights."""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.spaces import Space
from bench.spaces.nats_sss import LAYERS, REDUCTIONS
from bench.supernets.layers.chain import Chain
from bench.supernets.layers.precision import in_float32
from bench.supernets.layers.slices import SlicedConv, SlicedConvNorm, SlicedLinear, SlicedNorm
from bench.supernets.nats_sss import NatsSssNet
from bench.supernets.norms import Norm
from bench.types import Arch


class Cell(nn.Module):
    """The space's cell: 3x3 convolutions on all edges but the one from input to output, which is a skip connection.

    In a `square` cell, which has as many channels after as before, the skip connection is the identity; else it is a
    1x1 convolution with norm where the widths differ.
    """

    def __init__(
        self, construct: NatsSssNet, before: list[int], after: list[int], norm: Norm, *, square: bool = False
    ) -> None:
        super().__init__()
        sharing = construct.conv, construct.norm
        self.from_input = nn.ModuleList(
            SlicedConvNorm(sharing, before, after, norm, square=square) for _ in range(2)
        )  # to nodes 1 and 2
        self.from_node = nn.ModuleDict(
            {edge: SlicedConvNorm(sharing, after, after, norm, square=True) for edge in ("1-2", "1-3", "2-3")}
        )
        self.skip = None if square else SlicedConvNorm(sharing, before, after, norm, kernel=1)

    def forward(self, values: Tensor, after: int) -> Tensor:
        """Return [batch, after, height, width]."""
        rectified = functional.relu(values)
        one, two = (edge(rectified, after) for edge in self.from_input)
        from_one = functional.relu(one)
        two = two + self.from_node["1-2"](from_one, after)
        skipped = values if self.skip is None or values.shape[1] == after else self.skip(values, after)
        return skipped + self.from_node["1-3"](from_one, after) + self.from_node["2-3"](functional.relu(two), after)


class Reduction(nn.Module):
    """The benchmark's residual block, which halves the resolution."""

    def __init__(self, construct: NatsSssNet, before: list[int], after: list[int], norm: Norm) -> None:
        super().__init__()
        sharing = construct.conv, construct.norm
        self.first = SlicedConvNorm(sharing, before, after, norm, stride=2)
        self.second = SlicedConvNorm(sharing, after, after, norm, square=True)
        self.shortcut = SlicedConv(construct.conv, before, after, kernel=1)

    def forward(self, values: Tensor, after: int) -> Tensor:
        """Return [batch, after, height / 2, width / 2]."""
        main = self.second(functional.relu(self.first(functional.relu(values), after)), after)
        return main + self.shortcut(functional.avg_pool2d(values, 2), after)


class NatsSssSupernet(Chain[Tensor]):
    """Stem, cell, reduction, cell, reduction, cell, norm, classifier; the architecture sets all widths.

    Source: Dong et al., NATS-Bench (TPAMI 2021), section 3.2, and the network of its code.
    """

    def __init__(self, space: Space, construct: NatsSssNet, norm: Norm, *, channels: int, classes: int) -> None:
        super().__init__("a channel supernet", LAYERS, norm)
        self._widths = [[int(name) // construct.divisor for name in names] for names in space.choices]
        widths = [[row[choice] for choice in kept] for row, kept in zip(self._widths, space.allowed, strict=True)]
        self.stem = SlicedConvNorm((construct.conv, construct.norm), [channels], widths[0], norm)
        self.layers = nn.ModuleList(
            Reduction(construct, widths[layer - 1], widths[layer], norm)
            if layer in REDUCTIONS
            else Cell(construct, widths[max(layer - 1, 0)], widths[layer], norm, square=layer == 0)
            for layer in range(LAYERS)
        )
        self.last_norm = SlicedNorm(construct.norm, widths[-1], widths[-1], norm, square=True)
        self.classifier = SlicedLinear(construct.classifier, widths[-1], classes)
        self.to(memory_format=torch.channels_last)

    def stem_of(self, images: Tensor) -> Tensor:
        return images  # the first width is also the stem's

    def block_of(self, place: int, genes: Arch, state: Tensor) -> Tensor:
        width = self._widths[place][genes[0]]
        start = state if place else self.stem(state, width)
        return cast(Tensor, self.layers[place](start, width))

    def tail_of(self, state: Tensor) -> Tensor:
        features = functional.relu(self.last_norm(state, state.shape[1])).mean(dim=(2, 3))
        return in_float32(self.classifier, features)
