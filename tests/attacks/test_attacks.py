"""The attacks in their short form; `python -m tests.attacks.NAME` runs the long one."""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from bench.cli import app
from bench.device.kernels import SAME_EVERYWHERE
from bench.places import PROJECT
from tests.attacks.commands import WRITE_NOTHING, writing

SHORT = {
    "kills": ("--trials", "30"),
    "writers": ("--rounds", "2"),
    "full_disk": (),
    "descriptors": ("--trials", "1", "--commands", "3"),
    "removed": ("--trials", "1", "--commands", "3"),
    "stops": ("--trials", "2", "--commands", "3"),
}


def verbs(group: Any, before: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from verbs(command, f"{before}{name} ")
        else:
            yield before + name


def test_every_command_is_attacked_or_known_to_write_nothing(tmp_path: Path) -> None:
    there = set(verbs(typer.main.get_command(app)))
    said = {" ".join(map(str, words)) + " " for words in writing(tmp_path, tmp_path).values()}
    attacked = {verb for verb in there if any(line.startswith(f"{verb} ") for line in said)}
    assert attacked | set(WRITE_NOTHING) == there
    assert not attacked & set(WRITE_NOTHING)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="forks processes with PyTorch inside, which Linux allows")
@pytest.mark.parametrize("attack", SHORT)
def test_an_attack_loses_nothing_and_leaves_no_half_and_no_traceback(attack: str) -> None:
    seed = random.randrange(10**6)
    command = [sys.executable, "-m", f"tests.attacks.{attack}", *SHORT[attack], "--seed", str(seed)]
    own = {name: value for name, value in os.environ.items() if name not in SAME_EVERYWHERE}  # as a user starts it
    ran = subprocess.run(command, cwd=PROJECT, env=own, capture_output=True, text=True, check=False)
    if "skipped" in ran.stdout:
        pytest.skip(ran.stdout.strip())
    assert ran.returncode == 0, f"seed {seed}: {ran.stdout}{ran.stderr}"
    assert "trials, 0 failures" in ran.stdout
