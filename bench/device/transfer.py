"""Numbers from the host to the device, without waiting for the device."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch  # imported only when tensors are made, so that listing needs no torch


def to_device(values: np.ndarray, device: "torch.device") -> "torch.Tensor":
    """Return an array as a tensor on the device.

    A plain copy to a GPU waits until the GPU has done all its work so far; from pinned memory it does not.
    """
    import torch

    tensor = torch.from_numpy(values)
    if device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)
