"""The ShuffleNet supernet: a chain of places, each with one block per choice."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.spaces import Space
from bench.spaces.shufflenet import BLOCKS, KERNELS, PLACES, SCALES, WHOLE, XCEPTION, Place, Shufflenet, places
from bench.supernets.layers.chain import Chain
from bench.supernets.layers.conv_norm import DepthwiseNorm, PointwiseNorm, images_last
from bench.supernets.layers.dropout import dropped
from bench.supernets.layers.norm_layer import NormLayer
from bench.supernets.layers.precision import in_float32
from bench.supernets.norms import Norm
from bench.supernets.shufflenet import ShufflenetNet
from bench.types import Arch


class Block(nn.Module):
    """One choice at a place, as wide as the widest scale; a narrower one uses the first channels in the middle.

    The first block of a stage has two branches over the whole input. Every other passes on the even channels, and
    computes from the odd ones, which is the channel shuffle of ShuffleNet v2.
    """

    def __init__(self, place: Place, choice: int, widest: int, norm: Norm) -> None:
        super().__init__()
        self._place, kernel = place, KERNELS[choice]
        entering, middle, stride = place.entering, place.middle(widest), place.stride
        self.xception = choice == XCEPTION
        if self.xception:
            self.enter = DepthwiseNorm(entering, kernel, stride, norm)
            self.depthwise_2 = DepthwiseNorm(middle, kernel, 1, norm)
            self.pointwise_2 = PointwiseNorm(middle, middle, norm)
        self.widen = PointwiseNorm(entering, middle, norm)
        self.depthwise = DepthwiseNorm(middle, kernel, 1 if self.xception else stride, norm)
        self.leave = PointwiseNorm(middle, place.leaving, norm)
        if place.first:
            self.other_depthwise = DepthwiseNorm(entering, kernel, stride, norm)
            self.other_pointwise = PointwiseNorm(entering, entering, norm)

    def forward(self, values: Tensor, middle: int) -> Tensor:
        """Return the output [1, channel, pixel, image] with `middle` channels between the convolutions."""
        if self._place.first:
            entering = values
            other = functional.relu(self.other_pointwise(self.other_depthwise(values), self._place.entering))
        else:
            other, entering = values[:, 0::2], values[:, 1::2].contiguous()
        if self.xception:
            entering = self.enter(entering)
        inside = self.depthwise(functional.relu(self.widen(entering, middle)))
        if self.xception:
            inside = self.depthwise_2(functional.relu(self.pointwise_2(inside, middle)))
        return torch.cat([other, functional.relu(self.leave(inside, self._place.leaving))], dim=1)


class ShufflenetSupernet(Chain[Tensor]):
    """Stem, blocks, head, average, dropout and a classifier without bias.

    Source: papers/single-path-one-shot; its code for the order of layers and the initialization.
    """

    def __init__(self, space: Space, construct: ShufflenetNet, norm: Norm, *, channels: int, classes: int) -> None:
        super().__init__("a ShuffleNet supernet", PLACES, norm)
        assert isinstance(space, Shufflenet)
        size, widest = construct.size(classes), max(space.scales)
        self.places, self._scaled, self._dropout = places(size), len(space.scales) > 1, construct.dropout
        self.stem = nn.Conv2d(channels, size.stem, 3, construct.stem_stride, 1, bias=False)
        self.stem_norm = NormLayer(size.stem, norm)
        self.blocks = nn.ModuleList(
            nn.ModuleList(Block(place, choice, widest, norm) for choice in range(len(BLOCKS))) for place in self.places
        )
        self.head = PointwiseNorm(size.widths[-1], size.head, norm)
        self.classifier = nn.Linear(size.head, classes, bias=False)
        self._initialize()
        self.to(memory_format=torch.channels_last)

    def _initialize(self) -> None:
        """Draw the weights: normal, with the deviations of the paper's code."""
        for layer in self.modules():
            if isinstance(layer, PointwiseNorm | DepthwiseNorm):
                nn.init.normal_(layer.weight, 0, 1 / layer.weight.shape[1])
        nn.init.normal_(self.stem.weight, 0, 0.01)
        nn.init.normal_(self.classifier.weight, 0, 0.01)

    def genes_at(self, arch: Arch, place: int) -> Arch:
        return (arch[place], arch[PLACES + place]) if self._scaled else (arch[place],)

    def stem_of(self, images: Tensor) -> Tensor:
        return images_last(functional.relu(self.stem_norm(self.stem(images))))

    def block_of(self, place: int, genes: Arch, values: Tensor) -> Tensor:
        scale = SCALES[genes[1]] if self._scaled else WHOLE
        block: Any = self.blocks[place]
        return block[genes[0]](values, self.places[place].middle(scale))

    def tail_of(self, values: Tensor) -> Tensor:
        pooled = functional.relu(self.head(values, self.classifier.in_features)).mean(dim=2)[0].T
        if self.training and self._dropout:
            assert self.rng is not None, "training sets the stream of dropout masks"
            pooled = dropped(pooled, self._dropout, self.rng, per_image=False)
        return in_float32(self.classifier, pooled)
