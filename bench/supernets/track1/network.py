"""The channel supernet: a ResNet-20 whose widths use slices or copies of shared weights."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.spaces import Space
from bench.supernets.layers.chain import Chain
from bench.supernets.layers.precision import in_float32
from bench.supernets.layers.slices import SlicedConvNorm, SlicedLinear
from bench.supernets.norms import Norm
from bench.supernets.track1 import Track1Net
from bench.types import Arch

STRIDED = (7, 13)
"""Layers, counted from 0, that halve the resolution: the first of the second and of the third stage."""


@dataclass(frozen=True)
class State:
    """The output of a layer, and the input of its block."""

    values: Tensor
    block_input: Tensor


class Track1Supernet(Chain[State]):
    """Stem, three stages of three basic blocks, classifier; the architecture sets all widths.

    Source: papers/neural-channel-search, section 2 and 3.2; its code: stride 2 in layers 8 and 14.
    """

    def __init__(self, space: Space, construct: Track1Net, norm: Norm, *, channels: int, classes: int) -> None:
        super().__init__("a channel supernet", len(space.choices), norm)
        self._widths = [[int(name) for name in names] for names in space.choices]
        self._always = construct.shortcut == "always"
        widths = [[row[choice] for choice in kept] for row, kept in zip(self._widths, space.allowed, strict=True)]
        sharing = construct.conv, construct.norm
        self.layers = nn.ModuleList(
            SlicedConvNorm(sharing, before, after, norm, stride=2 if layer in STRIDED else 1)
            for layer, (before, after) in enumerate(zip([[channels], *widths], widths, strict=False))
        )
        self.shortcuts = nn.ModuleDict(
            {
                str(last): SlicedConvNorm(
                    sharing, widths[last - 2], widths[last], norm, kernel=1, stride=2 if last - 1 in STRIDED else 1
                )
                for last in range(2, len(widths), 2)
            }
        )
        self.classifier = SlicedLinear(construct.classifier, widths[-1], classes)
        self.to(memory_format=torch.channels_last)

    def stem_of(self, images: Tensor) -> State:
        return State(images, images)

    def tail_of(self, state: State) -> Tensor:
        return in_float32(self.classifier, state.values.mean(dim=(2, 3)))

    def block_of(self, place: int, genes: Arch, state: State) -> State:
        """Return the state after a layer; the stem and the last layer of a block begin the next block."""
        width = self._widths[place][genes[0]]
        values = self.layers[place](state.values, width)
        if place % 2:
            return State(functional.relu(values), state.block_input)
        if place:
            values = values + self._shortcut(place, width, state.block_input)
        values = functional.relu(values)
        return State(values, values)

    def _shortcut(self, layer: int, width: int, values: Tensor) -> Tensor:
        if self._always or layer - 1 in STRIDED or values.shape[1] != width:
            return self.shortcuts[str(layer)](values, width)
        return values
