"""The mixed-precision supernet: one float weight per convolution, quantized at the bits of each sub-network."""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.spaces.bits import BITS, WIDTHS, Bits
from bench.spaces.bits import Block as Place
from bench.supernets.bits import BitsNet
from bench.supernets.layers.chain import Chain
from bench.supernets.layers.norm_layer import NormLayer
from bench.supernets.layers.pointwise import pointwise
from bench.supernets.layers.precision import in_float32
from bench.supernets.layers.quantize import quantized_activations, quantized_weights
from bench.supernets.norms import Norm
from bench.types import Arch


class QuantizedConv(nn.Module):
    """A convolution without bias of quantized activations by quantized weights; output norm included."""

    def __init__(
        self, construct: BitsNet, before: int, after: int, norm: Norm, *, kernel: int = 3, stride: int = 1
    ) -> None:
        super().__init__()
        self.weight = nn.Conv2d(before, after, kernel, bias=False).weight
        kinds = {str(bits) for _, bits in BITS} if construct.clips == "per-bits" else {"all"}
        # a parameter each: the clipping value of bits that an update does not use is not decayed by it
        self.clips = nn.ParameterDict({kind: nn.Parameter(torch.tensor(construct.clip)) for kind in sorted(kinds)})
        self.norm = NormLayer(after, norm)
        self._shared, self._stride, self._padding = construct.clips == "shared", stride, kernel // 2

    def forward(self, values: Tensor, after: int, bits: tuple[int, int]) -> Tensor:
        """Return `after` normalized channels from all channels of `values` [batch, channel, height, width]."""
        of_weights, of_activations = bits
        if not self._padding:  # a 1x1 convolution reads only these positions
            values = values[:, :, :: self._stride, :: self._stride]
        clip = self.clips["all" if self._shared else str(of_activations)]
        values = quantized_activations(values, clip, of_activations)
        weight = quantized_weights(self.weight[:after, : values.shape[1]], of_weights)
        if self._padding:
            return self.norm(functional.conv2d(values, weight, stride=self._stride, padding=self._padding))
        return self.norm(pointwise(values, weight))


class Block(nn.Module):
    """A residual block; its first convolution has as many of its channels as the architecture takes."""

    def __init__(self, construct: BitsNet, place: Place, norm: Norm) -> None:
        super().__init__()
        self._after, self._middles = place.after, [int(place.after * width) for width in WIDTHS]
        self.first = QuantizedConv(construct, place.before, max(self._middles), norm, stride=place.stride)
        self.second = QuantizedConv(construct, max(self._middles), place.after, norm)
        self.shortcut = (
            QuantizedConv(construct, place.before, place.after, norm, kernel=1, stride=place.stride)
            if place.projected
            else None
        )

    def forward(self, values: Tensor, bits: tuple[int, int], width: int) -> Tensor:
        """Return the output of the block with these bits and this choice of width."""
        inner = self.first(values, self._middles[width], bits)
        outer = self.second(inner, self._after, bits)
        passed = values if self.shortcut is None else self.shortcut(values, self._after, bits)
        return functional.relu(outer + passed)


class BitsSupernet(Chain[Tensor]):
    """Float stem, quantized residual blocks, float classifier."""

    def __init__(self, space: Bits, construct: BitsNet, norm: Norm, *, channels: int, classes: int) -> None:
        layout, width = space.layout, construct.width
        places = list(layout.blocks(width, construct.resolution))
        super().__init__("a mixed-precision supernet", len(places), norm)
        self._pooled = layout.reduction > 1
        kernel, stride = layout.kernel, 2 if self._pooled else 1
        self.stem = nn.Conv2d(channels, width, kernel, stride=stride, padding=kernel // 2, bias=False)
        self.stem_norm = NormLayer(width, norm)
        self.blocks = nn.ModuleList(Block(construct, place, norm) for place in places)
        self.classifier = nn.Linear(places[-1].after, classes)
        self.to(memory_format=torch.channels_last)

    def genes_at(self, arch: Arch, place: int) -> Arch:
        return arch[2 * place : 2 * place + 2]

    def stem_of(self, images: Tensor) -> Tensor:
        values = functional.relu(self.stem_norm(self.stem(images)))
        return functional.max_pool2d(values, 3, 2, 1) if self._pooled else values

    def block_of(self, place: int, genes: Arch, state: Tensor) -> Tensor:
        bits, width = genes
        return cast(Tensor, self.blocks[place](state, BITS[bits], width))

    def tail_of(self, state: Tensor) -> Tensor:
        return in_float32(self.classifier, state.mean(dim=(2, 3)))
