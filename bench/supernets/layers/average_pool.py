"""3x3 average pooling that does not count padding, as a convolution where PyTorch's own is slower or wrong."""

from functools import cache

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx
from torch.nn import functional

SMALLEST = 8
"""Below this side PyTorch's pooling kernel is faster on a CPU; benchmarks.train measures both."""


def average_pool(values: Tensor) -> Tensor:
    """Return the 3x3 average at stride 1 of [batch, channel, row, column]; padding is not counted.

    On a CPU with channels last, PyTorch's pooling costs as much as a full convolution; a depthwise convolution gives
    the same sums, forward and backward. Results differ from PyTorch's pooling by rounding only. On a GPU with channels
    last, PyTorch's gradient of this pooling is wrong (2.11 on an H100: cosine .46 with the right one; `benchmarks.gpu`
    checks it), so that its own is never used there.
    """
    if values.is_cpu and min(values.shape[2:]) < SMALLEST:
        return functional.avg_pool2d(values, 3, 1, 1, count_include_pad=False)
    return _AveragePool.apply(values)


class _AveragePool(torch.autograd.Function):
    """The sum over neighbours is its own adjoint, so backward is the same sum of the divided gradient."""

    @staticmethod
    def forward(ctx: FunctionCtx, values: Tensor) -> Tensor:
        sums = _sum_of_neighbours(values)
        return sums.mul_(_one_over_count(*sums.shape[1:], sums.dtype, sums.device))

    @staticmethod
    def backward(ctx: FunctionCtx, gradient: Tensor) -> Tensor:
        return _sum_of_neighbours(gradient * _one_over_count(*gradient.shape[1:], gradient.dtype, gradient.device))


def _sum_of_neighbours(values: Tensor) -> Tensor:
    """Return, at each position, the sum over its 3x3 neighbourhood."""
    channels = values.shape[1]
    return functional.conv2d(values, _ones(channels, values.dtype, values.device), padding=1, groups=channels)


@cache
def _ones(channels: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return the kernels [channel, 1, 3, 3] of the sum; not inference tensors, so that training can use them."""
    with torch.inference_mode(False):
        return torch.ones(channels, 1, 3, 3, dtype=dtype, device=device)


@cache
def _one_over_count(channels: int, rows: int, columns: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return one over the number of neighbours inside the image, [channel, row, column] with channels last."""
    with torch.inference_mode(False):
        inside = functional.avg_pool2d(
            torch.ones(1, 1, rows, columns, dtype=dtype, device=device), 3, 1, 1, divisor_override=1
        )
        return (1 / inside).repeat(1, channels, 1, 1).contiguous(memory_format=torch.channels_last)[0]
