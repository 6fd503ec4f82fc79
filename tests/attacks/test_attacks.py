"""The attacks in their short form; `python -m tests.attacks.NAME` runs the long one."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from bench.places import PROJECT

SHORT = {
    "kills": ("--trials", "30"),
    "writers": ("--rounds", "2"),
    "full_disk": (),
    "descriptors": ("--trials", "1", "--commands", "3"),
    "removed": ("--trials", "1", "--commands", "3"),
}
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="forks processes with PyTorch inside, which Linux allows")
@pytest.mark.parametrize("attack", SHORT)
def test_an_attack_loses_nothing_and_leaves_no_half_and_no_traceback(attack: str) -> None:
    seed = random.randrange(10**6)
    command = [sys.executable, "-m", f"tests.attacks.{attack}", *SHORT[attack], "--seed", str(seed)]
    ran = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if "skipped" in ran.stdout:
        pytest.skip(ran.stdout.strip())
    assert ran.returncode == 0, f"seed {seed}: {ran.stdout}{ran.stderr}"
    assert "trials, 0 failures" in ran.stdout
