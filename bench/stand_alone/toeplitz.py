"""3x3 convolutions of many small networks at once, each with its own weights, as batched matrix products.

Activations are [network, channel, row, column, batch]. For one network and one column, channels and rows
together are the rows of a matrix whose columns are the images. A convolution along the rows is then one
matrix, Toeplitz in (row, row), shared by all columns; along the columns it is three such products on
shifted, contiguous slices. Wasted are the zeros of the matrix (42 of 64 at 8 rows); gained are products of
32x32 by 32x1024 in place of convolutions with four channels. Where two rows are left, one matrix over rows
and columns has no zeros to waste.
"""

from functools import cache
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

WHOLE = 2
"""Up to this side of its output, a convolution is a single matrix over rows and columns (twice as fast at 2)."""


def convolve(
    values: Float[Tensor, "network before row column batch"],
    weight: Float[Tensor, "network after before 3 3"],
    stride: int = 1,
) -> Tensor:
    """Return the 3x3 convolutions, padded by one, [network, after, row / stride, column / stride, batch]."""
    networks, before, rows, columns, batch = values.shape
    after, rows_out, columns_out = weight.shape[1], rows // stride, columns // stride
    placement = placed(rows, stride, weight.dtype, weight.device)
    if max(rows_out, columns_out) <= WHOLE:
        across = placed(columns, stride, weight.dtype, weight.device)
        both = torch.einsum("iab,jcd->ijacbd", placement, across).reshape(9, rows_out * columns_out, rows * columns)
        matrices = spread(weight.reshape(1, networks, after, before, 9), both)
        product = torch.bmm(matrices[0], values.reshape(networks, before * rows * columns, batch))
    else:
        if stride == 2:  # even columns before odd ones, so that each tap reads neighbours
            parity = values.reshape(networks, before * rows, columns // 2, 2, batch)
            values = parity.transpose(2, 3)
        matrices = spread(weight.permute(4, 0, 1, 2, 3), placement)
        product = _Products.apply(matrices, values.reshape(networks, before * rows, columns, batch), stride)
    return product.view(networks, after, rows_out, columns_out, batch)


@cache
def placed(side: int, stride: int, dtype: torch.dtype, device: torch.device) -> Float[Tensor, "3 out in"]:
    """Return 1 where element k of a kernel multiplies position `in` for position `out`, 0 elsewhere.

    >>> placed(4, 2, torch.float32, torch.device("cpu"))[0].tolist()
    [[0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]
    """
    found = torch.zeros(3, side // stride, side)
    for element in range(3):
        for position in range(side // stride):
            if 0 <= stride * position + element - 1 < side:
                found[element, position, stride * position + element - 1] = 1
    return found.to(device, dtype)


def spread(
    weight: Float[Tensor, "tap network after before kernel"], placement: Float[Tensor, "kernel out in"]
) -> Float[Tensor, "tap network after_out before_in"]:
    """Return the matrices whose block (after, before) is the kernel at its places."""
    taps, networks, after, before, kernel = weight.shape
    _, places_out, places_in = placement.shape
    blocks = (weight.reshape(-1, kernel) @ placement.flatten(1)).view(
        taps, networks, after, before, places_out, places_in
    )
    return blocks.transpose(3, 4).reshape(taps, networks, after * places_out, before * places_in)


class Tap(NamedTuple):
    """The columns that one column of the kernel reads and adds to; `first` says that no tap before it did."""

    source: slice
    target: slice
    first_of_source: bool
    first_of_target: bool
    kernel_column: int


@cache
def taps(columns: int, stride: int) -> tuple[Tap, ...]:
    """Return how the kernel's columns read `columns` input columns; at stride 2 even columns come before odd ones.

    >>> [(tap.source, tap.target) for tap in taps(4, 1)][1:]
    [(slice(0, 3, None), slice(1, 4, None)), (slice(1, 4, None), slice(0, 3, None))]
    """
    if stride == 1:
        return (
            Tap(slice(0, columns), slice(0, columns), True, True, kernel_column=1),
            Tap(slice(0, columns - 1), slice(1, columns), False, False, kernel_column=0),
            Tap(slice(1, columns), slice(0, columns - 1), False, False, kernel_column=2),
        )
    half = columns // 2
    return (
        Tap(slice(0, half), slice(0, half), True, True, kernel_column=1),
        Tap(slice(half, columns), slice(0, half), True, False, kernel_column=2),
        Tap(slice(half, columns - 1), slice(1, half), False, False, kernel_column=0),
    )


class _Products(torch.autograd.Function):
    """Matrices [tap, network, m, k] and values [network, k, column, batch] -> [network, m, column, batch]."""

    @staticmethod
    def forward(ctx: Any, matrices: Tensor, values: Tensor, stride: int) -> Tensor:
        ctx.save_for_backward(matrices, values)
        ctx.taps = taps(values.shape[2], stride)
        networks, _, columns, batch = values.shape
        result = values.new_empty(networks, matrices.shape[2], columns // stride, batch)
        for tap in ctx.taps:
            _add_product(
                result[:, :, tap.target], matrices[tap.kernel_column], values[:, :, tap.source], tap.first_of_target
            )
        return result

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None]:
        matrices, values = ctx.saved_tensors
        gradient = gradients[0].contiguous()
        of_matrices, of_values = torch.empty_like(matrices), torch.empty_like(values)
        for tap in ctx.taps:
            arrived, read = gradient[:, :, tap.target], values[:, :, tap.source]
            torch.bmm(arrived.flatten(2), read.flatten(2).transpose(1, 2), out=of_matrices[tap.kernel_column])
            transposed = matrices[tap.kernel_column].transpose(1, 2)
            _add_product(of_values[:, :, tap.source], transposed, arrived, tap.first_of_source)
        return of_matrices, of_values, None


def _add_product(result: Tensor, matrices: Tensor, values: Tensor, overwrite: bool) -> None:
    """Add `matrices` times `values` to `result` [network, row, column, batch], in place."""
    result.flatten(2).baddbmm_(matrices, values.flatten(2), beta=0 if overwrite else 1)
