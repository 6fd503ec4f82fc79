"""Kernels that give the same bits again: a CPU's on every x86 processor with AVX2, a GPU's on every card of a kind."""

import os
from pathlib import Path

from bench.errors import RecipeError

SAME_EVERYWHERE = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_CBWR": "AVX2"}
"""Settings that limit PyTorch's own kernels, its convolutions and its matrix products to AVX2.

Sums over wider vectors round differently, and training amplifies that into a different network. Wider kernels gain
nothing at preset `laptop`, whose 8 channels fill half of an AVX-512 vector (an epoch takes 1.05 times as long).
"""
PRIMITIVES = "20000"
"""Number of compiled convolutions that a process caches. A space of channel numbers has thousands of shapes; with the
default of 1,024 most are compiled again at every use (training is 1.25 times slower)."""
CUBLAS = ":4096:8"
"""The workspace with which a GPU's matrix products give the same bits again."""
PROCESSOR = Path("/proc/cpuinfo")


def settle_kernels() -> None:
    """Choose the kernels of this process and its children; call it before the first computation.

    Variables that the user has set are kept. A machine without AVX2, or without Linux, keeps its default kernels.
    """
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", PRIMITIVES)
    if "avx2" in _flags():
        for name, value in SAME_EVERYWHERE.items():
            os.environ.setdefault(name, value)


def check_kernels() -> None:
    """Raise `RecipeError` if this process computed with other kernels before `settle_kernels` was called."""
    import torch

    wanted = SAME_EVERYWHERE["ATEN_CPU_CAPABILITY"]
    chosen = os.environ.get("ATEN_CPU_CAPABILITY") == wanted and "avx2" in _flags()
    if chosen and (found := torch.backends.cpu.get_cpu_capability()) != wanted.upper():
        raise RecipeError(
            f"this process has computed with {found} kernels before the run could choose {wanted.upper()}, so it would "
            "round differently from stored runs; call bench.device.kernels.settle_kernels() before the first "
            "computation, or use 'supernet-bench run'"
        )


def settle_card(*, deterministic: bool = True) -> None:
    """Choose the GPU kernels of this process, also for a plug-in's operations, of which PyTorch warns if it has none.

    "float32" means float32: TensorFloat-32, which PyTorch takes for convolutions by default, rounds to 10 bits. Without
    `deterministic`, cuDNN measures its kernels and takes the fastest, which differ from run to run; benchmarks.gpu
    compares both.
    """
    import torch

    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", CUBLAS)
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = deterministic, not deterministic
    torch.use_deterministic_algorithms(deterministic, warn_only=True)
    # else a kernel more per result, and nothing reads what it fills
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def _flags() -> list[str]:
    try:
        lines = PROCESSOR.read_text().splitlines()
    except OSError:
        return []
    return next((line.split() for line in lines if line.startswith("flags")), [])
