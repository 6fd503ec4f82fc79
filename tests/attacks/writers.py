"""Eight processes at once that write the same thing: one wins, the others say so, and what is there is whole.

    python -m tests.attacks.writers --rounds 10 --seed 1

Half of the rounds have a file system that does not lock files.
"""

import argparse
import errno
import fcntl
import random
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.files import file_sha256
from bench.runs.published import read_published
from bench.runs.store import PREDICTIONS
from bench.sample.images.image_files import open_images
from bench.tables.catalog import open_table
from bench.tables.store import read_table
from tests.attacks.command import call, ended, fork
from tests.attacks.places import TABLE, images_file, predictions_file, shrink_protocol, smoke_run, train
from tests.attacks.report import Tally

WRITERS = 8


def refuse(descriptor: int, how: int) -> None:
    """Stand in for `flock` of a file system that does not lock."""
    raise OSError(errno.ENOTSUP, "Operation not supported")


def attack(rounds: int, seed: int) -> Tally:
    """Let eight processes write, round after round; count a trial per process."""
    shrink_protocol()
    tally, rng, flock = Tally("eight writers"), random.Random(seed), fcntl.flock
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        whole = smoke_run(work / "whole")
        train(whole, work)
        tables, archives = [], []
        for number in range(2):
            scores = predictions_file(work / f"scores{number}.csv", seed=number)
            tables.append(work / f"table{number}.csv")
            tables[-1].write_text(scores.read_text().replace("score", "accuracy", 1))
            archives.append(images_file(work / f"images{number}.npz", seed=number))
        try:
            for number in range(rounds):
                fcntl.flock = refuse if number % 2 else flock
                out = work / "out"
                out.mkdir()
                _round(tally, rng, work, out, tables, archives, file_sha256(whole.folder / PREDICTIONS))
                shutil.rmtree(out)
        finally:
            fcntl.flock = flock
    return tally


def _round(tally: Tally, rng: random.Random, work: Path, out: Path, tables, archives, digest: str) -> None:
    chosen = [rng.randrange(2) for _ in range(WRITERS)]
    told = _at_once(work, [call("data", "add", tables[n], "--name", "nb201/x/test/1ep", "--data", out) for n in chosen])
    _one_content(tally, "data add, a table", chosen, told)
    open_table("nb201/x/test/1ep", out)
    told = _at_once(work, [call("data", "add", archives[n], "--name", "x", "--data", out) for n in chosen])
    _one_content(tally, "data add, images", chosen, told)
    open_images("x", out)
    words = ("--table", TABLE, "--resamples", "2", "--store", "x", "--results", out)
    told = _at_once(work, [call("score", work / f"scores{n}.csv", *words) for n in chosen])
    _one_wins(tally, "score --store", told, "already exists; use another name")
    read_published("x", out)
    words = ("table", "build", TABLE, "--population", "random-50", "--seeds", "0", "--jobs", "1")
    told = _at_once(work, [call(*words, "--data", out, "--out", out / "built.h5") for _ in chosen])
    _one_wins(tally, "table build", told, "which builds the same table; wait", more=True)
    if (out / "built.h5").is_file():
        read_table(out / "built.h5")
    run = smoke_run(out)

    def train_and_say() -> None:
        print(train(run, work))

    told = _at_once(work, [train_and_say] * WRITERS)
    states = [text.strip().split(" (")[0] for _, text in told]
    allowed = {"trained", "done before", "held by another process"}
    for state, (code, text) in zip(states, told, strict=True):
        tally.check(code == 0 and state in allowed, f"run: exit code {code}: {text[-600:]}")
    if states.count("trained") != 1 or run.status != "done" or file_sha256(run.folder / PREDICTIONS) != digest:
        tally.failures.append(f"run: {states}, {run.status} {run.damage}")


def _at_once(work: Path, functions: list[Callable[[], object]]) -> list[tuple[int, str]]:
    """Run functions in a process each; return exit codes and what was printed."""
    told = [work / f"told{number}" for number in range(len(functions))]
    codes = ended([fork(function, path) for function, path in zip(functions, told, strict=True)])
    return list(zip(codes, (path.read_text() for path in told), strict=True))


def _one_content(tally: Tally, what: str, chosen: list[int], told: list[tuple[int, str]]) -> None:
    """Check that all with one content succeeded, and that all with the other were refused."""
    won = {number for number, (code, _) in zip(chosen, told, strict=True) if code == 0}
    for number, (code, text) in zip(chosen, told, strict=True):
        good = code == 0 or (
            code == 2 and number not in won and "with other content" in text and "Traceback" not in text
        )
        tally.check(good, f"{what}: exit code {code}: {text[-600:]}")
    if len(won) != 1:
        tally.failures.append(f"{what}: contents {sorted(won)} were accepted under one name")


def _one_wins(tally: Tally, what: str, told: list[tuple[int, str]], refusal: str, more: bool = False) -> None:
    """Check that one process succeeded (or `more`, one after the other), and that the rest were told why not."""
    for code, text in told:
        good = code == 0 or (code == 2 and refusal in text and "Traceback" not in text)
        tally.check(good, f"{what}: exit code {code}: {text[-600:]}")
    won = sum(code == 0 for code, _ in told)
    if won != 1 and not (more and won):
        tally.failures.append(f"{what}: {won} of {len(told)} succeeded")


def main() -> None:
    """Print trials and failures; exit code 1 if there is a failure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    tally = attack(chosen.rounds, chosen.seed)
    tally.print()
    raise SystemExit(bool(tally.failures))


if __name__ == "__main__":
    main()
