"""Which of a processor's kernels compute: the same on every x86 processor, so that a seed gives the same bits there."""

import os
from pathlib import Path

from bench.errors import RecipeError

SAME_EVERYWHERE = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_CBWR": "AVX2"}
"""PyTorch's own kernels, its convolutions and its matrix products, each held at AVX2.

Sums of wider vectors round otherwise, and training makes of that another network. Wider kernels gain nothing at
preset `laptop`, whose 8 channels leave half of an AVX-512 vector empty (an epoch takes 1.05 times as long with them).
"""
PRIMITIVES = "20000"
"""Compiled convolutions that a process keeps. A space of channels has thousands of shapes; of the usual 1,024 most
would be compiled again whenever they come up (training 1.25 times slower)."""
PROCESSOR = Path("/proc/cpuinfo")


def settle_kernels() -> None:
    """Choose the kernels of this process and its children, before the first computation; the user's own choice stays.

    A processor without AVX2 (another architecture, another system than Linux) keeps what it has.
    """
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", PRIMITIVES)
    if "avx2" in _flags():
        for name, value in SAME_EVERYWHERE.items():
            os.environ.setdefault(name, value)


def check_kernels() -> None:
    """Raise `RecipeError` where this process computed with other kernels before they were settled."""
    import torch

    wanted = SAME_EVERYWHERE["ATEN_CPU_CAPABILITY"]
    chosen = os.environ.get("ATEN_CPU_CAPABILITY") == wanted and "avx2" in _flags()
    if chosen and (found := torch.backends.cpu.get_cpu_capability()) != wanted.upper():
        raise RecipeError(
            f"this process has computed with {found} kernels before the run could choose {wanted.upper()}, and would "
            "round otherwise than a stored run; call bench.kernels.settle_kernels() before the first computation, or "
            "use 'supernet-bench run'"
        )


def _flags() -> list[str]:
    try:
        lines = PROCESSOR.read_text().splitlines()
    except OSError:
        return []
    return next((line.split() for line in lines if line.startswith("flags")), [])
