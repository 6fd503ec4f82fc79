"""The supernet of inverted bottlenecks: a chain of layers, each with a bottleneck per choice."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.spaces.mbconv import CHOICES, LAYERS, Place, places
from bench.supernets.layers.chain import Chain
from bench.supernets.layers.conv_norm import DepthwiseNorm, PointwiseNorm, images_last
from bench.supernets.layers.dropout import dropped
from bench.supernets.layers.norm_layer import NormLayer
from bench.supernets.layers.precision import in_float32
from bench.supernets.mbconv import MBConvNet
from bench.supernets.norms import Norm
from bench.types import Arch


class Excitation(nn.Module):
    """Squeeze-and-excitation: each channel is multiplied by a gate, computed from the means of all channels."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.squeeze, self.excite = nn.Linear(channels, hidden), nn.Linear(hidden, channels)

    def forward(self, values: Tensor) -> Tensor:
        """Return [1, channel, pixel, image]."""
        means = values.mean(dim=2)[0].T  # [image, channel]
        gates = torch.sigmoid(self.excite(functional.relu(self.squeeze(means))))
        return values * gates.T[None, :, None]


class Bottleneck(nn.Module):
    """Expansion, depthwise convolution, squeeze-and-excitation, projection; added to the input where shapes agree."""

    def __init__(self, place: Place, kernel: int, expansion: int, norm: Norm) -> None:
        super().__init__()
        self._place, self._middle = place, place.before * expansion
        self.expand = PointwiseNorm(place.before, self._middle, norm)
        self.depthwise = DepthwiseNorm(self._middle, kernel, place.stride, norm)
        self.excitation = Excitation(self._middle, place.hidden)
        self.project = PointwiseNorm(self._middle, place.after, norm)

    def forward(self, values: Tensor) -> Tensor:
        """Return the output [1, channel, pixel, image]."""
        inside = functional.relu(self.expand(values, self._middle))
        inside = self.excitation(functional.relu(self.depthwise(inside)))
        output = self.project(inside, self._place.after)
        return values + output if self._place.residual else output


class MBConvSupernet(Chain[Tensor]):
    """Stem, bottlenecks, head, average, dropout and a classifier.

    Convolutions start normal with deviation sqrt(2 / fan out), as in the code of EfficientNet; the rest as PyTorch's.
    """

    def __init__(self, construct: MBConvNet, norm: Norm, *, channels: int, classes: int) -> None:
        super().__init__("an MBConv supernet", LAYERS, norm)
        size = construct.size(classes)
        self._dropout = construct.dropout
        self.stem = nn.Conv2d(channels, size.stem, 3, size.stem_stride, 1, bias=False)
        self.stem_norm = NormLayer(size.stem, norm)
        self.layers = nn.ModuleList(
            nn.ModuleList(Bottleneck(place, *choice, norm) for choice in CHOICES) for place in places(size)
        )
        self.head = PointwiseNorm(size.widths[-1], size.head, norm)
        self.classifier = nn.Linear(size.head, classes)
        for layer in self.modules():
            if isinstance(layer, PointwiseNorm | DepthwiseNorm):
                window = layer.weight.shape[2] * layer.weight.shape[3]
                outputs = layer.weight.shape[0] if isinstance(layer, PointwiseNorm) else 1
                nn.init.normal_(layer.weight, 0, (2 / (window * outputs)) ** 0.5)
        nn.init.normal_(self.stem.weight, 0, (2 / (9 * size.stem)) ** 0.5)
        self.to(memory_format=torch.channels_last)

    def genes_at(self, arch: Arch, place: int) -> Arch:
        return (arch[place],)

    def stem_of(self, images: Tensor) -> Tensor:
        return images_last(functional.relu(self.stem_norm(self.stem(images))))

    def block_of(self, place: int, genes: Arch, values: Tensor) -> Tensor:
        layer: Any = self.layers[place]
        return layer[genes[0]](values)

    def tail_of(self, values: Tensor) -> Tensor:
        pooled = functional.relu(self.head(values, self.head.weight.shape[0])).mean(dim=2)[0].T
        if self.training and self._dropout:
            assert self.rng is not None, "training sets the stream of dropout masks"
            pooled = dropped(pooled, self._dropout, self.rng, per_image=False)
        return in_float32(self.classifier, pooled)
