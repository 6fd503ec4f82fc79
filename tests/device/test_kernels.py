"""The same kernels, so the same bits, on every x86 processor with AVX2."""

import hashlib
import os
import subprocess
import sys

import pytest
import torch

from bench.device import kernels
from bench.device.kernels import SAME_EVERYWHERE, settle_card, settle_kernels
from bench.device.provenance import machine

VARIABLES = ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", *SAME_EVERYWHERE)
TORCH = "2.15.0"
SMOKE = "3dea89a117f4"
"""Born on an AMD EPYC with AVX-512, torch 2.15.0; exact, as that is the claim."""


@pytest.fixture
def settled(monkeypatch, tmp_path):
    """Return a function: the variables after settling on a processor with these flags, over `given` ones."""

    def settle(flags, given=()):
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in dict(given).items():
            monkeypatch.setenv(name, value)
        processor = tmp_path / "cpuinfo"
        processor.write_text(f"processor : 0\nflags : {flags}\n")
        monkeypatch.setattr(kernels, "PROCESSOR", processor)
        settle_kernels()
        return {name: os.environ[name] for name in VARIABLES if name in os.environ}

    yield settle
    for name in VARIABLES:  # monkeypatch restores what it set, not what settling did
        os.environ.pop(name, None)


def test_a_processor_of_wider_vectors_is_held_at_avx2(settled):
    found = settled("fpu avx avx2 avx512f")
    assert found.items() >= SAME_EVERYWHERE.items()


def test_a_processor_without_avx2_keeps_its_own_kernels(settled):
    assert set(settled("fpu avx")) == {"ONEDNN_PRIMITIVE_CACHE_CAPACITY"}


def test_a_system_that_names_no_flags_keeps_its_own_kernels(settled, monkeypatch, tmp_path):
    settled("avx2")
    for name in VARIABLES:
        monkeypatch.delenv(name)
    monkeypatch.setattr(kernels, "PROCESSOR", tmp_path / "absent")
    settle_kernels()
    assert "ATEN_CPU_CAPABILITY" not in os.environ


def test_the_users_own_choice_stays(settled):
    assert settled("avx2", {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE"})["ONEDNN_MAX_CPU_ISA"] == "AVX512_CORE"


def test_a_record_names_the_instructions_that_computed():
    flags = kernels.PROCESSOR.read_text()
    wanted = "AVX2" if "avx2" in flags else torch.backends.cpu.get_cpu_capability()
    assert machine("cpu")["instructions"] == wanted


@pytest.mark.slow
def test_a_command_settles_its_kernels_first():
    command = "from bench.cli import main; sys.argv[1:] = ['list', 'presets']; main()"
    code = f"import os, sys\ntry:\n    {command}\nexcept SystemExit:\n    pass\nprint('set', sorted(os.environ))"
    clean = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    told = subprocess.run([sys.executable, "-c", code], env=clean, capture_output=True, text=True, check=True).stdout
    assert "ONEDNN_PRIMITIVE_CACHE_CAPACITY" in told.splitlines()[-1]


def test_a_smoke_run_has_the_same_bits_on_every_processor(train):
    if not torch.__version__.startswith(TORCH):
        pytest.skip(f"the digest was taken with torch {TORCH}, this is {torch.__version__}")
    if torch.backends.cpu.get_cpu_capability() != "AVX2":
        pytest.skip(f"this processor computes with {torch.backends.cpu.get_cpu_capability()}, not AVX2")
    content = b"".join(weight.detach().numpy().tobytes() for weight in train().weights.values())
    assert hashlib.sha256(content).hexdigest()[:12] == SMOKE


def test_a_card_computes_float32_in_float32_and_the_same_bits_again(monkeypatch):
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "")
    for module, name in ((torch.backends.cudnn, "deterministic"), (torch.backends.cudnn, "benchmark")):
        monkeypatch.setattr(module, name, getattr(module, name))
    before = torch.backends.cudnn.allow_tf32, torch.utils.deterministic.fill_uninitialized_memory
    try:
        settle_card()
        assert (torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32) == (False, False)
        assert (torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark) == (True, False)
        assert torch.are_deterministic_algorithms_enabled()
        settle_card(deterministic=False)
        assert (torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark) == (False, True)
        assert not torch.are_deterministic_algorithms_enabled()
    finally:
        torch.backends.cudnn.allow_tf32, torch.utils.deterministic.fill_uninitialized_memory = before
        torch.use_deterministic_algorithms(False)
