"""The channel supernet: a ResNet-20 whose widths use slices or copies of shared weights."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.errors import RecipeError
from bench.spaces import Space
from bench.supernets.layers.precision import in_float32
from bench.supernets.layers.prefixes import Prefixes
from bench.supernets.layers.slices import SlicedConvNorm, SlicedLinear
from bench.supernets.layers.supernet import Supernet
from bench.supernets.norms import Norm
from bench.supernets.track1 import Track1Net
from bench.types import Choice

STRIDED = (7, 13)
"""Layers, counted from 0, that halve the resolution: the first of the second and of the third stage."""


@dataclass(frozen=True)
class State:
    """The output of a layer, and the input of its block."""

    values: Tensor
    block_input: Tensor


class Track1Supernet(Supernet):
    """Stem, three stages of three basic blocks, classifier; the architecture sets all widths.

    Source: papers/neural-channel-search, section 2 and 3.2; its code: stride 2 in layers 8 and 14.
    """

    each_norm_once = True

    def __init__(self, space: Space, construct: Track1Net, norm: Norm, *, channels: int, classes: int) -> None:
        super().__init__()
        self._widths = [[int(name) for name in names] for names in space.choices]
        self._always, self._tracks = construct.shortcut == "always", norm.momentum is not None
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

    def forward(self, images: Tensor, choice: Choice) -> Tensor:
        return self._logits(images, choice, Prefixes())

    def on_images(self, images: Tensor) -> Callable[[Choice], Tensor]:
        """Reuse the leading layers of the previous architecture that have equal widths.

        If training tracks statistics nothing is reused, as every path must update them.
        """
        if self.training and self._tracks:
            return super().on_images(images)
        kept = Prefixes[State]()
        return lambda choice: self._logits(images, choice, kept)

    def _logits(self, images: Tensor, choice: Choice, kept: Prefixes[State]) -> Tensor:
        if not isinstance(choice, tuple):
            raise RecipeError(f"a channel supernet takes one architecture, not a {type(choice).__name__}; name one")
        arch = choice
        state = kept.last(
            arch,
            State(images, images),
            lambda layer, before: self._layer(layer, self._widths[layer][arch[layer]], before),
        )
        return in_float32(self.classifier, state.values.mean(dim=(2, 3)))

    def _layer(self, layer: int, width: int, state: State) -> State:
        """Return the state after a layer; the stem and the last layer of a block begin the next block."""
        values = self.layers[layer](state.values, width)
        if layer % 2:
            return State(functional.relu(values), state.block_input)
        if layer:
            values = values + self._shortcut(layer, width, state.block_input)
        values = functional.relu(values)
        return State(values, values)

    def _shortcut(self, layer: int, width: int, values: Tensor) -> Tensor:
        if self._always or layer - 1 in STRIDED or values.shape[1] != width:
            return self.shortcuts[str(layer)](values, width)
        return values
