"""3x3 convolutions of many small networks at once, each with its own weights, as batched matrix products.

Activations are [network, channel, row, column, batch]. For one network and one column, channels and rows
together are the rows of a matrix whose columns are the images. A convolution along the rows is then one
matrix, Toeplitz in (row, row), shared by all columns; along the columns it is three such products on
shifted, contiguous slices. This wastes the zeros of the matrix (42 of 64 at 8 rows), but replaces convolutions
with four channels by products of 32x32 by 32x1024. With two rows, one matrix over rows and columns has no zeros.
"""

from functools import cache
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

WHOLE = 2
"""Largest side at which a convolution is a single matrix over rows and columns (twice as fast at 2)."""


def convolve(
    values: Float[Tensor, "network before row column batch"], weight: Float[Tensor, "network after before 3 3"]
) -> Float[Tensor, "network after row column batch"]:
    """Return the 3x3 convolutions at stride 1, padded by one."""
    networks, before, rows, columns, batch = values.shape
    after = weight.shape[1]
    placement = placed(rows, weight.dtype, weight.device)
    if max(rows, columns) <= WHOLE:
        across = placed(columns, weight.dtype, weight.device)
        both = torch.einsum("iab,jcd->ijacbd", placement, across).reshape(9, rows * columns, rows * columns)
        matrices = spread(weight.reshape(1, networks, after, before, 9), both)
        product = torch.bmm(matrices[0], values.reshape(networks, before * rows * columns, batch))
    else:
        matrices = spread(weight.permute(4, 0, 1, 2, 3), placement)
        product = _Products.apply(matrices, values.reshape(networks, before * rows, columns, batch))
    return product.view(networks, after, rows, columns, batch)


@cache
def placed(side: int, dtype: torch.dtype, device: torch.device) -> Float[Tensor, "3 out in"]:
    """Return 1 where element k of a kernel multiplies position `in` for position `out`, 0 elsewhere.

    >>> placed(3, torch.float32, torch.device("cpu"))[0].tolist()
    [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    shifted = [torch.ones(side - abs(offset)).diag(offset) for offset in (-1, 0, 1)]
    return torch.stack(shifted).to(device, dtype)


def spread(
    weight: Float[Tensor, "tap network after before kernel"], placement: Float[Tensor, "kernel out in"]
) -> Float[Tensor, "tap network after_out before_in"]:
    """Return the matrices whose block (after, before) has the kernel at its positions."""
    taps, networks, after, before, kernel = weight.shape
    _, places_out, places_in = placement.shape
    blocks = (weight.reshape(-1, kernel) @ placement.flatten(1)).view(
        taps, networks, after, before, places_out, places_in
    )
    return blocks.transpose(3, 4).reshape(taps, networks, after * places_out, before * places_in)


MIDDLE = 1
"""The kernel's column that reads and writes every column of the values; it comes first, and the others add to it."""


class Tap(NamedTuple):
    """A column of the kernel, and the columns of the values that it reads and adds to."""

    kernel_column: int
    source: slice
    target: slice


def taps(columns: int) -> tuple[Tap, Tap, Tap]:
    """Return the taps of a kernel on values with `columns` columns, the middle one first.

    >>> [(tap.source, tap.target) for tap in taps(4)][1:]
    [(slice(0, 3, None), slice(1, 4, None)), (slice(1, 4, None), slice(0, 3, None))]
    """
    every, but_first, but_last = slice(0, columns), slice(1, columns), slice(0, columns - 1)
    return Tap(MIDDLE, every, every), Tap(0, but_last, but_first), Tap(2, but_first, but_last)


class _Products(torch.autograd.Function):
    """Matrices [tap, network, m, k] and values [network, k, column, batch] -> [network, m, column, batch]."""

    @staticmethod
    def forward(ctx: Any, matrices: Tensor, values: Tensor) -> Tensor:
        ctx.save_for_backward(matrices, values)
        networks, _, columns, batch = values.shape
        result = values.new_empty(networks, matrices.shape[2], columns, batch)
        for column, source, target in taps(columns):
            _add_product(result[:, :, target], matrices[column], values[:, :, source], overwrite=column == MIDDLE)
        return result

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor]:
        matrices, values = ctx.saved_tensors
        gradient = gradients[0].contiguous()
        of_matrices, of_values = torch.empty_like(matrices), torch.empty_like(values)
        for column, source, target in taps(values.shape[2]):
            arrived, read = gradient[:, :, target], values[:, :, source]
            torch.bmm(arrived.flatten(2), read.flatten(2).transpose(1, 2), out=of_matrices[column])
            _add_product(of_values[:, :, source], matrices[column].transpose(1, 2), arrived, overwrite=column == MIDDLE)
        return of_matrices, of_values


def _add_product(result: Tensor, matrices: Tensor, values: Tensor, overwrite: bool) -> None:
    """Add `matrices` times `values` to `result` [network, row, column, batch], in place."""
    result.flatten(2).baddbmm_(matrices, values.flatten(2), beta=0 if overwrite else 1)
