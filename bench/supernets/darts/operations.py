"""The operations of a DARTS cell, each of which maps a state and the same state rectified to its result."""

from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.spaces.darts import AVG_POOL, KERNELS, MAX_POOL, SEP_3X3, SEP_5X5, SKIP
from bench.supernets.layers.average_pool import average_pool
from bench.supernets.layers.norm_layer import NormLayer
from bench.supernets.layers.pointwise import Pointwise
from bench.supernets.norms import Norm


class Depthwise(nn.Module):
    """Depthwise convolution, 1x1 convolution and norm of a rectified input."""

    def __init__(self, channels: int, kernel: int, norm: Norm, *, stride: int = 1, dilation: int = 1) -> None:
        super().__init__()
        padding = dilation * (kernel // 2)
        self.depthwise = nn.Conv2d(
            channels, channels, kernel, stride, padding, dilation=dilation, groups=channels, bias=False
        )
        self.pointwise = Pointwise(channels, channels)
        self.norm = NormLayer(channels, norm)

    def forward(self, state: Tensor, rectified: Tensor) -> Tensor:
        """Return [batch, channel, row / stride, column / stride]."""
        return self.norm(self.pointwise(self.depthwise(rectified)))


class Separable(nn.Module):
    """Two depthwise-separable convolutions with norms; the stride is that of the first."""

    def __init__(self, channels: int, kernel: int, norm: Norm, *, stride: int) -> None:
        super().__init__()
        self.first = Depthwise(channels, kernel, norm, stride=stride)
        self.second = Depthwise(channels, kernel, norm)

    def forward(self, state: Tensor, rectified: Tensor) -> Tensor:
        """Return [batch, channel, row / stride, column / stride]."""
        between = functional.relu(self.first(state, rectified))
        return self.second(between, between)


class Project(nn.Module):
    """1x1 convolution and norm of a rectified input; `halves` the sides."""

    def __init__(self, before: int, after: int, norm: Norm, *, halves: bool = False) -> None:
        super().__init__()
        self.halves = halves
        if halves:
            self.even, self.odd = (Pointwise(before, after // 2) for _ in range(2))
        else:
            self.conv = Pointwise(before, after)
        self.norm = NormLayer(after, norm)

    def forward(self, state: Tensor, rectified: Tensor) -> Tensor:
        """Return [batch, after, row, column]; halved, the first channels see even pixels, the others odd ones."""
        if not self.halves:
            return self.norm(self.conv(rectified))
        even, odd = rectified[:, :, ::2, ::2], rectified[:, :, 1::2, 1::2]
        return self.norm(torch.cat([self.even(even), self.odd(odd)], dim=1))


class Pool(nn.Module):
    """3x3 pooling of a state that is not rectified, with a norm without parameters if `norm` is given."""

    def __init__(self, channels: int, norm: Norm | None, *, largest: bool, stride: int) -> None:
        super().__init__()
        self.largest, self.stride = largest, stride
        self.norm = NormLayer(channels, replace(norm, affine=False)) if norm else nn.Identity()

    def forward(self, state: Tensor, rectified: Tensor) -> Tensor:
        """Return [batch, channel, row / stride, column / stride]; an average does not count padding."""
        if self.largest:
            return self.norm(functional.max_pool2d(state, 3, self.stride, 1))
        if self.stride == 1:
            return self.norm(average_pool(state))
        if state.is_cpu:
            return self.norm(functional.avg_pool2d(state, 3, 2, 1, count_include_pad=False))
        return self.norm(average_pool(state)[:, :, ::2, ::2])  # on a GPU PyTorch's gradient is wrong: average_pool


class Skip(nn.Module):
    """The state itself."""

    def forward(self, state: Tensor, rectified: Tensor) -> Tensor:
        """Return `state`."""
        return state


def operation(choice: int, channels: int, norm: Norm, *, stride: int, pools_normalized: bool) -> nn.Module:
    """Return the module of an operation other than `none`."""
    if choice in (MAX_POOL, AVG_POOL):
        return Pool(channels, norm if pools_normalized else None, largest=choice == MAX_POOL, stride=stride)
    if choice == SKIP:
        return Skip() if stride == 1 else Project(channels, channels, norm, halves=True)
    if choice in (SEP_3X3, SEP_5X5):
        return Separable(channels, KERNELS[choice], norm, stride=stride)
    return Depthwise(channels, KERNELS[choice], norm, stride=stride, dilation=2)
