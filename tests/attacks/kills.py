"""Kill runs, table builds and searches at random moments: nothing is lost, and all end with the same bits.

python -m tests.attacks.kills --trials 200 --seed 1
"""

import argparse
import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.costs import Costs
from bench.errors import BenchError
from bench.files import file_sha256
from bench.population import Population
from bench.runs.execute import CHECKPOINT
from bench.runs.search import open_asked, search_run
from bench.runs.store import PREDICTIONS, Run
from bench.sample.images.image_set import digits
from bench.search.problem import Problem
from bench.search.result import read_result, result_path
from bench.search.searchers.evolution import Evolution
from bench.spaces.nb201 import NB201
from bench.stand_alone.build import build
from bench.stand_alone.journal import Journal, opened_journal
from bench.tables.store import read_table, write_table
from bench.train.checkpoint import read_checkpoint
from bench.train.training import Training
from tests.attacks.command import ended, fork
from tests.attacks.places import TABLE, shrink_protocol, smoke_run, train
from tests.attacks.report import Tally

SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGUSR1, signal.SIGINT)


def kill_runs(trials: int, rng: random.Random, folder: Path) -> Tally:
    """Kill a run of three epochs and 500 predictions; whenever it ends, compare it and begin another."""
    Training(smoke_run(folder).recipe, digits(), 0)  # what is slow to import is imported before forking

    def work(run: Run) -> Callable[[], object]:
        return lambda: train(run, folder)

    def damage(run: Run) -> str:
        saved = run.folder / CHECKPOINT
        if saved.is_file():
            read_checkpoint(saved, "cpu")
        return run.damage if run.record_path.is_file() else ""

    whole = smoke_run(folder / "whole")
    return _killed(
        "kills of run",
        trials,
        rng,
        folder,
        smoke_run(folder / "killed"),
        whole,
        work,
        damage,
        lambda run: run.status == "done",
        lambda run: file_sha256(run.folder / PREDICTIONS),
    )


def kill_builds(trials: int, rng: random.Random, folder: Path) -> Tally:
    """Kill the build of a table of 24 tiny networks, four at a time."""
    shrink_protocol()
    space = NB201()
    archs = space.spell_all(Population("random-1000", space).archs()[:24])

    def work(place: Path) -> Callable[[], object]:
        def train() -> None:
            with opened_journal(place / "journal.jsonl", writing=True) as journal:
                table = build(TABLE, archs, (0,), journal, workers=1, data=folder, together=4)
            write_table(table, place / "table.h5")

        return train

    def damage(place: Path) -> str:
        Journal(place / "journal.jsonl")
        if (place / "table.h5").is_file():
            read_table(place / "table.h5")
        return ""

    return _killed(
        "kills of table build",
        trials,
        rng,
        folder,
        folder / "killed",
        folder / "whole",
        work,
        damage,
        lambda place: (place / "table.h5").is_file(),
        lambda place: read_table(place / "table.h5").sha256,
    )


def kill_searches(trials: int, rng: random.Random, folder: Path) -> Tally:
    """Kill a search that asks a trained supernet for 60 architectures and is kept after every batch."""
    run = smoke_run(folder / "trained")
    train(run, folder)
    searcher, budget = Evolution(population=10, crossovers=5), 60
    problem = Problem(costs=Costs(run.recipe.space), budget=budget)

    def found(place: Path) -> Path:
        return result_path(smoke_run(place).folder, searcher, problem, 0)

    def work(place: Path) -> Callable[[], object]:
        def search() -> None:
            if not place.is_dir():
                copy = place.with_name(f"copy of {place.name}")
                shutil.rmtree(copy, ignore_errors=True)
                shutil.copytree(run.results, copy)
                copy.rename(place)
            own = smoke_run(place)
            search_run(own, searcher, problem, 0, open_asked(own, folder), seconds=0)

        return search

    def damage(place: Path) -> str:
        for path in found(place).parent.glob("*.h5*"):
            if not path.name.endswith(".tmp"):
                asked = open_asked(smoke_run(place), folder)
                read_result(path, asked.run, asked.ask)
        return ""

    return _killed(
        "kills of search",
        trials,
        rng,
        folder,
        folder / "killed",
        folder / "whole",
        work,
        damage,
        lambda place: found(place).is_file(),
        lambda place: file_sha256(found(place)),
    )


def _killed(attack, trials, rng, folder, place, whole, work, damage, done, content) -> Tally:
    """Kill `work(place)` until `trials` kills hit it; what it ends with must be what `work(whole)` ends with."""
    tally, told = Tally(attack), folder / "told"
    started = time.monotonic()
    assert ended([fork(work(whole), told)]) == [0], told.read_text()
    lasts, wanted, finished = time.monotonic() - started, content(whole), 0
    while tally.trials < trials:
        pid = fork(work(place), told)
        time.sleep(rng.uniform(0, lasts))
        number = rng.choice(SIGNALS)
        os.kill(pid, number)
        [code] = ended([pid])
        try:
            wrong = damage(place)
        except BenchError as error:
            wrong = str(error)
        text = told.read_text()
        if number == signal.SIGKILL and "Traceback" in text:
            wrong = wrong or text
        if code >= 0 and number == signal.SIGKILL and code != 0:
            wrong = wrong or f"exit code {code}: {text}"
        if code != 0:
            tally.check(not wrong, f"{signal.Signals(number).name}: {wrong}")
        if done(place):
            finished += 1
            if content(place) != wanted:
                tally.failures.append(f"the result differs after kill {tally.trials}")
            shutil.rmtree(place.results if isinstance(place, Run) else place)
    [code] = ended([fork(work(place), told)])
    if code or content(place) != wanted:
        tally.failures.append(f"what was killed last does not end as it should: {told.read_text()}")
    tally.attack += f" ({finished + 1} finished, all compared)"
    return tally


def main() -> None:
    """Print trials and failures; exit code 1 if there is a failure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=200, help="kills, a third of them of each")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    tallies = []
    attacks = (kill_runs, kill_builds, kill_searches)
    for number, attack in enumerate(attacks):
        share = chosen.trials // len(attacks) + (number < chosen.trials % len(attacks))
        with tempfile.TemporaryDirectory() as folder:
            tallies.append(attack(share, random.Random(chosen.seed), Path(folder)))
        tallies[-1].print()
    raise SystemExit(any(tally.failures for tally in tallies))


if __name__ == "__main__":
    main()
