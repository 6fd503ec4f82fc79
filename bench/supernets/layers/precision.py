"""The numbers in which a supernet computes: float32, or bfloat16 where that is safe."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor


def computing(precision: str, device: str | torch.device) -> AbstractContextManager[object]:
    """Return the context of a forward pass: with `precision` "bf16", convolutions and products take bfloat16.

    Weights, gradients of weights, statistics and the classifier stay float32. In "float32" nothing changes.
    """
    if precision == "float32":
        return nullcontext()
    return torch.autocast(torch.device(device).type, dtype=torch.bfloat16)


def in_float32(layer: Callable[[Tensor], Tensor], values: Tensor) -> Tensor:
    """Return `layer(values)` computed in float32, whatever surrounds it: logits in bfloat16 would tie."""
    device = values.device.type
    if not (torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device)):
        return layer(values)
    with torch.autocast(device, enabled=False):
        return layer(values.float())
