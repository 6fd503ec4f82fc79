"""Stop every command at random moments by a signal: one line, no process left, no half, and the next try succeeds.

python -m tests.attacks.stops --trials 10 --seed 1
"""

import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.attacks.command import call, ended, fork
from tests.attacks.commands import attacked, commands
from tests.attacks.report import Tally, run_on_commands
from tests.living_processes import members, until_gone

SIGNALS = (signal.SIGTERM, signal.SIGTERM, signal.SIGUSR1, signal.SIGINT)
STOPPED = "stopped; what is stored stays, and the same command continues from it"
AGAIN = 0.05
"""Seconds at most between two signals of one stop: `timeout` and schedulers send one to the command and one to all."""
OUTLIVES = 3.0
"""Seconds that processes which a command has started may take to end after it."""


def commands_of(pids: list[int]) -> list[str]:
    """Return the command lines of living processes."""
    found = []
    for pid in pids:
        with suppress(OSError):  # it ended meanwhile
            found.append(Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")[:200])
    return found


def stop(pid: int, number: int, rng: random.Random) -> str:
    """Send a signal to a command or to its whole session, perhaps once more soon after; say what was sent."""
    ways: dict[str, Callable[[int, int], None]] = {"command": os.kill, "session": os.killpg}
    first, second = rng.choice(list(ways)), rng.choice(["", *ways] if number != signal.SIGINT else [""])
    with suppress(ProcessLookupError):  # it has ended
        ways[first](pid, number)
        if second:
            time.sleep(rng.uniform(0, AGAIN))
            ways[second](pid, number)
    return f"{signal.Signals(number).name} to {' and '.join(filter(None, (first, second)))}"


def attack(trials: int, seed: int, names: list[str] | None = None, most: int | None = None) -> Tally:
    """Stop each command, or at most so many of those with `names`, at random moments."""
    tally, rng = Tally("stops"), random.Random(seed)
    with tempfile.TemporaryDirectory() as place, commands(Path(place), Path(place) / "out") as found:
        out, told = Path(place) / "out", Path(place) / "told"
        for name, words in attacked(found, names, most, rng).items():
            out.mkdir()
            started = time.monotonic()
            [code] = ended([fork(call(*words), told)])
            lasts = time.monotonic() - started
            tally.check(code == 0, f"{name}: exit code {code}: {told.read_text()[-600:]}")
            for _ in range(trials):
                shutil.rmtree(out)
                shutil.rmtree(Path(place) / "results" / ".cache", ignore_errors=True)  # of scores, which are kept
                out.mkdir()
                pid, number = fork(call(*words), told), rng.choice(SIGNALS)
                time.sleep(rng.uniform(0, lasts))
                sent = stop(pid, number, rng)
                [code] = ended([pid])
                text = told.read_text()
                # before the command listens, and after it has ended, the signal itself ends the process
                whole = code in (0, -number) or (code == 130 and text.rstrip().endswith(STOPPED))
                living = commands_of(members(pid))
                good = whole and "Traceback" not in text and until_gone(pid) < OUTLIVES
                tally.check(good, f"{name}, {sent}: exit code {code}, then living {living}: {text[-1500:]}")
                print(f"{name}, {sent}: {code}", flush=True)
                [code] = ended([fork(call(*words), told)]) if code else [0]
                whole = code == 0 or "already exists" in told.read_text()  # it was stopped after it had stored all
                tally.check(whole, f"{name}, again: exit code {code}: {told.read_text()[-600:]}")
                halves = [path.name for path in out.rglob("*") if ".tmp" in path.name]
                tally.check(not halves, f"{name}: left {halves}")
            shutil.rmtree(out)
    return tally


if __name__ == "__main__":
    run_on_commands(attack, __doc__, 10, "moments for each command")
