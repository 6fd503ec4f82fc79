"""Damaged files for every reader; each must be read, or be refused in one short line, in little time and memory.

    python -m tests.attacks.fuzz --trials 100000 --seed 1

prints trials and failures per reader and ends with code 1 if there are any; `--keep DIR` keeps the files that failed.
With `--values` files stay whole and only their values are wrong, in the readers of formats that hold values.
A batch of trials runs in a process of its own, whose memory is limited to 2 GB more than it begins with, so that a
crash is a failure like others.
"""

import argparse
import json
import os
import random
import resource
import select
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.errors import LONGEST, BenchError
from tests.attacks.targets import Target, targets
from tests.attacks.values import revalued

MOST_MEMORY = 2 * 2**30
MOST_SECONDS = 20
"""Seconds of a processor that a reader may take, so that a busy machine fails no trial."""
HANGS = 10 * MOST_SECONDS
"""Seconds after which a process that begins no other trial is killed: it waits, or hangs in a library in C."""
BATCH = 250


@dataclass(frozen=True)
class Failure:
    """A trial that failed: its reader, its number (with the seed it makes the file again), and what happened."""

    target: str
    trial: int
    what: str


class TooLong(BaseException):
    """A reader took more than `MOST_SECONDS`."""


def campaign(
    trials: int, seed: int, keep: Path | None = None, only: str = "", values: bool = False
) -> Iterator[tuple[str, int, list[Failure]]]:
    """Yield a reader whose name holds `only`, a number of trials, and their failures; readers take turns.

    A round is `BATCH` trials of each reader, so that a campaign that is stopped has reached all readers alike. With
    `values`, only the files are attacked that hold values, and only those are wrong.
    """
    with tempfile.TemporaryDirectory() as folder:
        attacked: Sequence[Target] = [target for target in targets(Path(folder)) if only in target.name]
        attacked = list(map(_with_values, attacked)) if values else attacked
        attacked = [target for target in attacked if target.files]
        shares = [trials // len(attacked) + (number < trials % len(attacked)) for number in range(len(attacked))]
        for begin in range(0, max(shares), BATCH):
            for target, share in zip(attacked, shares, strict=True):
                if numbers := range(begin, min(begin + BATCH, share)):
                    yield target.name, len(numbers), list(_attack(target, numbers, seed, keep))


def _with_values(target: Target) -> Target:
    """Return a target with those of its files that hold values, and with wrong ones as the only damage."""
    hold = tuple(path for path in target.files if revalued(path.read_bytes(), random.Random(0)) is not None)
    return replace(target, files=hold, damage=lambda content, rng: revalued(content, rng) or b"")


def _attack(target: Target, numbers: range, seed: int, keep: Path | None) -> Iterator[Failure]:
    """Yield the failures of a batch; a process that dies is followed by another, from the next trial on."""
    while numbers:
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.close(reading)
            _work(target, numbers, seed, keep, writing)
        os.close(writing)
        told = list(_told(reading, child))
        _, status = os.waitpid(child, 0)
        last = max((line["trial"] for line in told), default=numbers[0])
        yield from (Failure(target.name, line["trial"], line["what"]) for line in told if line["what"])
        if status:
            yield Failure(target.name, last, f"the process ended with status {status}")
        numbers = range(last + 1, numbers.stop) if status else range(0)
        for path in target.files:  # a process that died left its damaged file
            _restore(path)


def _told(pipe: int, child: int) -> Iterator[dict[str, Any]]:
    """Yield what a process says until it ends; one that says nothing for too long hangs in a library, and is killed."""
    part = b""
    try:
        while select.select([pipe], [], [], HANGS)[0]:
            if not (more := os.read(pipe, 2**16)):
                return
            *lines, part = (part + more).split(b"\n")
            yield from map(json.loads, lines)
        os.kill(child, signal.SIGKILL)
    finally:
        os.close(pipe)


def _restore(path: Path) -> None:
    valid = path.with_name(f".{path.name}.valid")
    if valid.exists():
        os.replace(valid, path)


def _work(target: Target, numbers: range, seed: int, keep: Path | None, pipe: int) -> None:
    """Try the numbered trials and end the process; a line of JSON says which trial begins, another what failed."""
    code = 1
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MOST_MEMORY, resource.RLIM_INFINITY))
        signal.signal(signal.SIGPROF, _too_long)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - until the process ends
        warnings.simplefilter("ignore")
        before = _peak()
        for number in numbers:
            os.write(pipe, (json.dumps({"trial": number, "what": ""}) + "\n").encode())
            what = trial(target, number, seed, keep)
            if (grown := _peak() - before) > MOST_MEMORY:
                what = what or f"{grown:,} bytes of memory"
            if what:
                os.write(pipe, (json.dumps({"trial": number, "what": what[:3000]}) + "\n").encode())
        code = 0
    finally:
        os._exit(code)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _too_long(signum: int, frame: object) -> None:
    raise TooLong


def trial(target: Target, number: int, seed: int, keep: Path | None = None) -> str:
    """Damage a file of the target, read it, put the valid one back; return what went wrong, "" if nothing did."""
    rng = random.Random(f"{seed} {target.name} {number}")
    path = rng.choice(target.files)
    valid = path.read_bytes()
    path.with_name(f".{path.name}.valid").write_bytes(valid)
    hostile = target.damage(valid, rng)
    path.write_bytes(hostile)
    begun = time.process_time()
    try:
        signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
        target.read()
        what = ""
    except BenchError as error:
        text = str(error)
        what = (
            ""
            if len(text) <= LONGEST and text.isprintable()
            else f"a message of {len(text):,} characters: {text[:200]}"
        )
    except TooLong:
        what = f"more than {MOST_SECONDS} seconds\n" + traceback.format_exc()
    except BaseException:
        what = traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        _restore(path)
        if not path.exists() or path.read_bytes() != valid:  # a reader may remove or cut a file of its own
            path.write_bytes(valid)
    if what and keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        (keep / f"{target.name.replace(' ', '-').replace(chr(39), '')}-{number}-{path.name}").write_bytes(hostile)
    return what if what or time.process_time() - begun < MOST_SECONDS else f"more than {MOST_SECONDS} seconds"


def main() -> None:
    """Run a campaign from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="readers whose name holds this")
    parser.add_argument("--values", action="store_true", help="only wrong values in files that are otherwise whole")
    parser.add_argument("--keep", type=Path, help="folder for the files that failed")
    chosen = parser.parse_args()
    begun = time.monotonic()
    failures: list[Failure] = []
    tried: Counter[str] = Counter()
    for name, count, found in campaign(chosen.trials, chosen.seed, chosen.keep, chosen.only, chosen.values):
        failures += found
        tried[name] += count
        failed = sum(failure.target == name for failure in failures)
        seconds = time.monotonic() - begun
        print(
            f"{name}: {tried[name]:,} trials, {failed:,} failures; all {tried.total():,}, {seconds:.0f} s", flush=True
        )
    for (target, what), times in Counter((f.target, f.what.strip()) for f in failures).most_common(20):
        number = next(f.trial for f in failures if (f.target, f.what.strip()) == (target, what))
        print(f"\n{times} times, {target}, first in trial {number}:\n{what[-1500:]}")
    seconds = time.monotonic() - begun
    print(f"\n{chosen.trials:,} trials, {len(failures):,} failures, {seconds:.0f} s, seed {chosen.seed}")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
