"""What a device decides of a training: the clock that counts its cost, and how its results are rounded."""

import time

import torch


def clock(device: str) -> float:
    """Return the seconds that count as a run's cost: processor time on a CPU, wall-clock time on a GPU.

    On a CPU, other processes do not count; the time during which a run is stopped never counts.
    """
    return time.process_time() if device == "cpu" else time.perf_counter()


def kernels(device: str) -> str:
    """Return the vector instructions of a CPU or the name of a GPU, which decide how results are rounded."""
    if device == "cpu":
        return f"CPU {torch.backends.cpu.get_cpu_capability()}"
    return torch.cuda.get_device_name(device)
