"""Quantizers of weights and activations, with straight-through gradients."""

from typing import Any

import torch
from torch import Tensor

FLOAT = 32
"""The number of bits at which nothing is rounded."""
LOWEST = 1e-3
"""A clipping value below it counts as it, so that an update that makes one negative does not end the training."""


def quantized_activations(values: Tensor, clip: Tensor, bits: int) -> Tensor:
    """Return `values` clipped to 0..clip and rounded to the nearest of 2^bits equal levels, both ends included.

    `clip` is a scalar. Gradients pass through the rounding: to values strictly between 0 and the clipping value
    unchanged, and to the clipping value the sum of those of the values that reach it.
    Source: Choi et al., PACT (arXiv 1805.06085), section 3.
    """
    return _Clipped.apply(values, clip, bits)


def quantized_weights(weight: Tensor, bits: int) -> Tensor:
    """Return a weight rounded to 2^bits levels: for one bit sign times mean absolute value, else levels in -1..1.

    For more bits, tanh(w) / max |tanh(w)| is rounded to equal levels. A weight of zero has sign +1. Gradients pass
    through the rounding, and through sign and mean together, unchanged.
    Source: Zhou et al., DoReFa-Net (arXiv 1606.06160), section 2.3.
    """
    if bits == FLOAT:
        return weight
    if bits == 1:
        mean = weight.detach().abs().mean()
        return _straight_through(weight, torch.where(weight.detach() < 0, -mean, mean))
    squashed = weight.tanh()
    scaled = squashed / (2 * squashed.abs().max()) + 0.5
    return 2 * _straight_through(scaled, rounded(scaled.detach(), bits)) - 1


def rounded(values: Tensor, bits: int) -> Tensor:
    """Return values from 0 to 1 rounded to the nearest of 2^bits equal levels, 0 and 1 included."""
    levels = 2**bits - 1
    return (values * levels).round_() / levels


def _straight_through(values: Tensor, replaced: Tensor) -> Tensor:
    """Return `replaced`, bit for bit, with the gradient of `values`."""
    return _Replaced.apply(values, replaced)


class _Replaced(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, replaced: Tensor) -> Tensor:
        return replaced.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0], None


class _Clipped(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, clip: Tensor, bits: int) -> Tensor:
        top = clip.clamp(min=LOWEST)
        ctx.save_for_backward(values, top)
        clipped = torch.minimum(values.clamp(min=0), top)
        if bits == FLOAT:
            return clipped
        levels = 2**bits - 1
        return clipped.mul_(levels / top).round_().mul_(top / levels)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None]:
        (gradient,), (values, top) = gradients, ctx.saved_tensors
        # 0 and 1 in the type of the values: on a CPU a product by a Boolean mask takes five times as long
        reached = torch.ge(values, top, out=torch.empty_like(values))
        inside = torch.gt(values, 0, out=torch.empty_like(values)).sub_(reached)
        return inside.mul_(gradient), reached.mul_(gradient).sum(dtype=top.dtype), None
