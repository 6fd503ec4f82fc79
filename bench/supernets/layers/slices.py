"""Layers whose weights networks of different widths use as slices or copies."""

from collections.abc import Sequence
from itertools import product

import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.supernets.layers.norm_layer import NormLayer
from bench.supernets.layers.pointwise import pointwise
from bench.supernets.norms import Norm

PER_INPUT = ("front", "independent")
"""Sharing modes with a copy for every number of input channels."""
PER_OUTPUT = ("end", "independent")
"""Sharing modes with a copy for every number of output channels."""


class Widths:
    """The copies of one layer under a sharing mode: their names and numbers of channels.

    A copy is as large as the widest pair that uses it. A `square` layer has always as many channels after as before,
    so that each copy is one width's, unless all share one.
    """

    def __init__(self, sharing: str, before: Sequence[int], after: Sequence[int], *, square: bool = False) -> None:
        self._per_input, self._per_output = sharing in PER_INPUT, sharing in PER_OUTPUT
        self.copies: dict[str, tuple[int, int]] = {}
        for i, o in zip(before, after, strict=True) if square else product(before, after):
            widest = self.copies.get(self.name(i, o), (0, 0))
            self.copies[self.name(i, o)] = (max(i, widest[0]), max(o, widest[1]))

    def name(self, before: int, after: int) -> str:
        """Return the name of the copy that a layer from `before` to `after` channels uses."""
        return f"{before if self._per_input else 'any'}-{after if self._per_output else 'any'}"


class SlicedConv(nn.Module):
    """A convolution without bias, padded to keep the resolution at stride 1."""

    def __init__(
        self,
        sharing: str,
        before: Sequence[int],
        after: Sequence[int],
        *,
        kernel: int = 3,
        stride: int = 1,
        square: bool = False,
    ) -> None:
        super().__init__()
        self._widths = Widths(sharing, before, after, square=square)
        self._stride, self._padding = stride, kernel // 2
        self.copies = nn.ModuleDict(
            {name: nn.Conv2d(i, o, kernel, bias=False) for name, (i, o) in self._widths.copies.items()}
        )

    def forward(self, values: Tensor, after: int) -> Tensor:
        """Return `after` channels from all channels of `values` [batch, channel, height, width]."""
        before = values.shape[1]
        copy = self.copies[self._widths.name(before, after)]
        weight = copy.get_parameter("weight")[:after, :before]
        if self._padding:
            return functional.conv2d(values, weight, stride=self._stride, padding=self._padding)
        # in PyTorch 2.15 the gradient of a strided 1x1 convolution with few channels writes out of bounds
        return pointwise(values[:, :, :: self._stride, :: self._stride], weight)


class SlicedNorm(nn.Module):
    """The norm after a convolution; both widths of the convolution select the copy."""

    def __init__(
        self, sharing: str, before: Sequence[int], after: Sequence[int], norm: Norm, *, square: bool = False
    ) -> None:
        super().__init__()
        self._widths = Widths(sharing, before, after, square=square)
        self.copies = nn.ModuleDict({name: NormLayer(o, norm) for name, (_, o) in self._widths.copies.items()})

    def forward(self, values: Tensor, before: int) -> Tensor:
        """Return `values` [batch, channel, height, width], convolved from `before` channels, normalized."""
        return self.copies[self._widths.name(before, values.shape[1])](values)


class SlicedConvNorm(nn.Module):
    """A convolution and its norm, for all widths before and after, each with its own sharing mode."""

    def __init__(
        self,
        sharing: tuple[str, str],
        before: Sequence[int],
        after: Sequence[int],
        norm: Norm,
        *,
        kernel: int = 3,
        stride: int = 1,
        square: bool = False,
    ) -> None:
        super().__init__()
        self.conv = SlicedConv(sharing[0], before, after, kernel=kernel, stride=stride, square=square)
        self.norm = SlicedNorm(sharing[1], before, after, norm, square=square)

    def forward(self, values: Tensor, after: int) -> Tensor:
        """Return `after` normalized channels."""
        return self.norm(self.conv(values, after), values.shape[1])


class SlicedLinear(nn.Module):
    """The classifier; its outputs and its bias always cover all classes."""

    def __init__(self, sharing: str, before: Sequence[int], classes: int) -> None:
        super().__init__()
        self._widths = Widths("front" if sharing == "independent" else sharing, before, [classes])
        self.copies = nn.ModuleDict({name: nn.Linear(i, classes) for name, (i, _) in self._widths.copies.items()})

    def forward(self, features: Tensor) -> Tensor:
        """Return logits [batch, class] of features [batch, channel]."""
        before = features.shape[1]
        copy = self.copies[self._widths.name(before, 0)]
        return torch.addmm(copy.get_parameter("bias"), features, copy.get_parameter("weight")[:, :before].T)
