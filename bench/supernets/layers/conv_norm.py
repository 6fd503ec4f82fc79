"""1x1 and depthwise convolutions with their norms, whose leading channels narrower blocks use.

Values are [1, channel, pixel, image]: the pixels of a square in rows, the images last. A 1x1 convolution is then one
matrix product, halves of the channels are views, and a norm reads each channel in one piece.
"""

from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.supernets.layers.norm_layer import NormLayer
from bench.supernets.norms import Norm

LARGEST = 8
"""Largest side at which a depthwise convolution on a CPU is one matrix per channel over all pixels.

One thread, float32, 64 images, forward and backward: with 40 channels of 4x4 2.6 times as fast for a 3x3 kernel and 12
times for 7x7; with 20 channels of 8x8 .7 and 1.5 times; with 8 channels of 16x16 .2 and .3 times.
"""


def images_last(values: Tensor) -> Tensor:
    """Return [batch, channel, row, column] as [1, channel, pixel, image]."""
    return values.permute(1, 2, 3, 0).flatten(1, 2).unsqueeze(0).contiguous()


def images_first(values: Tensor) -> Tensor:
    """Return [1, channel, pixel, image] as [batch, channel, row, column] with channels last."""
    side = round(values.shape[2] ** 0.5)
    first = values[0].unflatten(1, (side, side)).permute(3, 0, 1, 2)
    return first.contiguous(memory_format=torch.channels_last)


class PointwiseNorm(nn.Module):
    """A 1x1 convolution without bias, and its norm."""

    def __init__(self, before: int, after: int, norm: Norm) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(after, before, 1, 1))
        self.norm = NormLayer(after, norm)

    def forward(self, values: Tensor, after: int) -> Tensor:
        """Return the first `after` channels [1, after, pixel, image], from the channels that `values` has."""
        product = self.weight[:after, : values.shape[1], 0, 0] @ values[0].flatten(1)
        return self.norm(product.view(1, after, *values.shape[2:]))


class DepthwiseNorm(nn.Module):
    """A convolution of each channel alone, padded to keep the resolution at stride 1, without bias, and its norm."""

    def __init__(self, channels: int, kernel: int, stride: int, norm: Norm) -> None:
        super().__init__()
        self._kernel, self._stride = kernel, stride
        self.weight = nn.Parameter(torch.empty(channels, 1, kernel, kernel))
        self.norm = NormLayer(channels, norm)

    def forward(self, values: Tensor) -> Tensor:
        """Return as many channels as `values` [1, channel, pixel, image] has, by the first kernels."""
        return self.norm(depthwise(values, self.weight[: values.shape[1]], self._stride))


def depthwise(values: Tensor, weight: Tensor, stride: int) -> Tensor:
    """Return the convolution of each channel of `values` [1, channel, pixel, image] by its own kernel.

    `weight` is [channel, 1, row, column]. On a CPU small squares take one matrix per channel; results then differ from
    PyTorch's convolution by rounding only.
    """
    channels, pixels = values.shape[1:3]
    kernel = weight.shape[3]
    if not values.is_cpu or pixels > LARGEST**2:
        found = functional.conv2d(images_first(values), weight, None, stride, kernel // 2, 1, channels)
        return images_last(found)
    placement = placed(round(pixels**0.5), kernel, stride, weight.dtype)
    matrices = (weight.flatten(1) @ placement).view(channels, -1, pixels)
    return torch.bmm(matrices, values[0]).unsqueeze(0)


@cache
def placed(side: int, kernel: int, stride: int, dtype: torch.dtype) -> Tensor:
    """Return 1 where an element of a kernel multiplies a pixel for an output, else 0: [element, output * pixel].

    The outputs of a padded convolution are computed from images with one pixel that is 1. Never an inference tensor, so
    that training can use it.

    >>> placed(2, 3, 1, torch.float32).view(3, 3, 4, 4)[1, 2].tolist()  # the element right of the middle
    [[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0]]
    """
    with torch.inference_mode(False), torch.no_grad():
        pixels = torch.eye(side**2, dtype=dtype).view(side**2, 1, side, side)
        elements = torch.eye(kernel**2, dtype=dtype).view(kernel**2, 1, kernel, kernel)
        found = functional.conv2d(pixels, elements, None, stride, kernel // 2)  # [pixel, element, row, column]
        return found.flatten(2).permute(1, 2, 0).flatten(1).contiguous()
