"""Every command with few file descriptors: one line that says so, nothing half-written, and the next try succeeds.

python -m tests.attacks.descriptors --trials 3 --seed 1
"""

import random
import resource
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.attacks.command import call, ended, fork
from tests.attacks.commands import commands
from tests.attacks.report import Tally, run_on_commands

OPEN = 3
"""Descriptors that a process begins with: input, output and errors."""
FEW = 16
"""A command has between none and so many more."""


def limited(most: int, work: Callable[[], None]) -> Callable[[], None]:
    """Return `work`, with at most so many descriptors."""

    def run() -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        work()

    return run


def attack(trials: int, seed: int, names: list[str] | None = None) -> Tally:
    """Run each command, or those with `names`, with none and with a few descriptors to open."""
    tally, rng = Tally("few descriptors"), random.Random(seed)
    with tempfile.TemporaryDirectory() as place, commands(Path(place), Path(place) / "out") as found:
        out, told = Path(place) / "out", Path(place) / "told"
        for name, words in found.items():
            if names is not None and name not in names:
                continue
            for more in (0, *rng.sample(range(1, FEW), trials)):
                out.mkdir()
                [code] = ended([fork(limited(OPEN + more, call(*words)), told)])
                text = told.read_text()
                halves = [path.name for path in out.rglob("*") if ".tmp" in path.name]
                named = code == 0 or "Too many open files" in " ".join(text.split())
                good = named and "Traceback" not in text and not halves and (code != 0 or more > 0)
                tally.check(good, f"{name}, {more} more: exit code {code}, left {halves}: {text[-600:]}")
                print(f"{name}, {more} more: {' '.join(text.split())[-160:] if code else 'done'}", flush=True)
                [code] = ended([fork(call(*words), told)]) if code else [0]
                tally.check(code == 0, f"{name}, with all again: exit code {code}: {told.read_text()[-600:]}")
                shutil.rmtree(out)
    return tally


if __name__ == "__main__":
    run_on_commands(attack, __doc__, 3, "limits for each command, besides none")
