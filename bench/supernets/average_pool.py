"""3x3 average pooling without counted padding, by shifted sums where those are faster."""

from functools import cache

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx
from torch.nn import functional

SMALLEST = 8
"""Below this side PyTorch's own kernel is the faster one on a CPU; benchmarks.train measures both."""


def average_pool(values: Tensor) -> Tensor:
    """Return the 3x3 average at stride 1 of [batch, channel, row, column]; padding is not counted.

    On a CPU with channels last PyTorch's kernel costs as much as a convolution; the same numbers come from
    four shifted sums, forward and backward. Results differ from its own by rounding only.
    """
    if values.is_cuda or min(values.shape[2:]) < SMALLEST:
        return functional.avg_pool2d(values, 3, 1, 1, count_include_pad=False)
    return _AveragePool.apply(values)


class _AveragePool(torch.autograd.Function):
    """The sum over neighbours is its own adjoint, so backward is the same sum of the divided gradient."""

    @staticmethod
    def forward(ctx: FunctionCtx, values: Tensor) -> Tensor:
        return _sum_of_neighbours(values).mul_(_one_over_count(*values.shape[2:]))

    @staticmethod
    def backward(ctx: FunctionCtx, gradient: Tensor) -> Tensor:
        return _sum_of_neighbours(gradient * _one_over_count(*gradient.shape[2:]))


def _sum_of_neighbours(values: Tensor) -> Tensor:
    """Return, at each place, the sum over its 3x3 surroundings: rows first, then columns."""
    rows = values.clone()
    rows[:, :, 1:] += values[:, :, :-1]
    rows[:, :, :-1] += values[:, :, 1:]
    both = rows.clone()
    both[..., 1:] += rows[..., :-1]
    both[..., :-1] += rows[..., 1:]
    return both


@cache
def _one_over_count(rows: int, columns: int) -> Tensor:
    """Return one over the number of neighbours inside the image, [row, column]."""
    inside = functional.avg_pool2d(torch.ones(1, 1, rows, columns), 3, 1, 1, divisor_override=1)
    return 1 / inside[0, 0]
