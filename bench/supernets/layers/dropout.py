"""Dropout with masks from a random stream that is part of the checkpoint."""

import numpy as np
from torch import Tensor

from bench.device.transfer import to_device


def dropped(values: Tensor, rate: float, rng: np.random.Generator, *, per_image: bool) -> Tensor:
    """Return `values` [image, ...] with elements, or whole images, set to zero at `rate`, the rest scaled up."""
    shape = (len(values), *(1 for _ in values.shape[1:])) if per_image else values.shape
    kept = to_device((rng.random(shape) >= rate).astype(np.float32), values.device)
    return values * (kept / (1 - rate)).to(values.dtype)
