"""Remove the folder that a command writes to while it works: one line or success, no hang, and the next try succeeds.

python -m tests.attacks.removed --trials 5 --seed 1
"""

import os
import random
import shutil
import signal
import tempfile
import time
from pathlib import Path

from tests.attacks.command import call, ended, fork
from tests.attacks.commands import commands
from tests.attacks.report import Tally, run_on_commands

HANGS = 60.0
"""Seconds after which a command is said to hang."""


def ended_in_time(pid: int) -> int:
    """Wait for a process; return its exit code, that of SIGKILL if it had to be killed."""
    last = time.monotonic() + HANGS
    while time.monotonic() < last:
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            break
        time.sleep(0.01)
    else:
        os.kill(pid, signal.SIGKILL)
    [code] = ended([pid])
    return code


def attack(trials: int, seed: int, names: list[str] | None = None) -> Tally:
    """Remove the folder of each command, or of those with `names`, at random moments."""
    tally, rng = Tally("removed folders"), random.Random(seed)
    with tempfile.TemporaryDirectory() as place, commands(Path(place), Path(place) / "out") as found:
        out, told = Path(place) / "out", Path(place) / "told"
        for name, words in found.items():
            if names is not None and name not in names:
                continue
            started = time.monotonic()
            [code] = ended([fork(call(*words), told)])
            tally.check(code == 0, f"{name}: exit code {code}: {told.read_text()[-600:]}")
            lasts = time.monotonic() - started
            shutil.rmtree(out)
            for number in range(trials):
                out.mkdir(exist_ok=True)
                pid = fork(call(*words), told)
                time.sleep(rng.uniform(0, lasts))
                gone = Path(place) / f"gone-{number}"
                if out.exists():
                    out.rename(gone)
                    shutil.rmtree(gone)
                code, text = ended_in_time(pid), told.read_text()
                good = code in (0, 1, 2) and "Traceback" not in text
                tally.check(good, f"{name}, removed: exit code {code}: {text[-600:]}")
                print(f"{name}: {' '.join(text.split())[-160:] if code else 'done'}", flush=True)
                [code] = ended([fork(call(*words), told)])
                tally.check(code == 0, f"{name}, again: exit code {code}: {told.read_text()[-600:]}")
                shutil.rmtree(out)
    return tally


if __name__ == "__main__":
    run_on_commands(attack, __doc__, 5, "removals for each command")
