"""What a device can do at most, and what a computation asks of it: bytes moved and operations."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode


class Asked(NamedTuple):
    """What a computation asks of a device: floating-point operations, and bytes that its kernels read and write."""

    operations: float
    bytes: float


def name_of(device: str) -> str:
    """Return the name of the card, or "cpu"."""
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else device


def wait_for(device: str) -> None:
    """Wait until the device has done all its work."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)


def seconds_of(work: Callable[[], object], device: str, times: int = 5) -> float:
    """Return the mean seconds of `work`, after a first time that chooses kernels."""
    work()
    wait_for(device)
    started = time.perf_counter()
    for _ in range(times):
        work()
    wait_for(device)
    return (time.perf_counter() - started) / times


def copy_rate(device: str, megabytes: int) -> float:
    """Return the bytes per second that a copy on the device reads and writes."""
    values = torch.ones(megabytes * 2**20, dtype=torch.uint8, device=device)
    target = torch.empty_like(values)
    return 2 * values.numel() / seconds_of(lambda: target.copy_(values), device)


def product_rate(device: str, dtype: torch.dtype, side: int) -> float:
    """Return the operations per second of a large matrix product."""
    left, right = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
    return 2 * side**3 / seconds_of(lambda: left @ right, device)


class _Traffic(TorchDispatchMode):
    """Adds up the bytes of what every operation takes and returns; views move nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = function(*args, **(kwargs or {}))
        if not function.is_view:
            tensors = [each for each in tree_leaves((args, kwargs, found)) if isinstance(each, torch.Tensor)]
            self.bytes += sum(each.numel() * each.element_size() for each in tensors)
        return found


def asked_by(work: Callable[[], object]) -> Asked:
    """Return what `work` asks of the device; a kernel that keeps values in its cache asks less of the memory."""
    traffic = _Traffic()
    with FlopCounterMode(display=False) as counter, traffic:
        work()
    return Asked(float(counter.get_total_flops()), float(traffic.bytes))


def kernel_seconds(work: Callable[[], object], device: str) -> float | None:
    """Return the seconds that a GPU's kernels run during `work`; None on a CPU.

    What is left of the time of `work` is the host's, which launches them too slowly.
    """
    if not device.startswith("cuda"):
        return None
    from torch.profiler import ProfilerActivity, profile

    wait_for(device)
    with profile(activities=[ProfilerActivity.CUDA]) as measured:
        work()
        wait_for(device)
    return sum(float(event.self_device_time_total) for event in measured.key_averages()) / 1e6
