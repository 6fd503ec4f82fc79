"""Runs, searches and parts of tables as jobs of a Slurm cluster: submitted and followed."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table as Grid

from bench.cli.work import Launched, Work, check_images_of, counted, left_as_they_are, longest
from bench.processes.claim import locks
from bench.runs.slurm.settings import Request
from bench.runs.standing import ALL_STATES, QUEUED, RUNNING, lost_job, seeds_by_state, standings, standings_at
from bench.runs.store import UNFINISHED, Folder, failure_in

if TYPE_CHECKING:
    from bench.runs.expected import Expected
    from bench.runs.job import Unit
    from bench.runs.plan import PlannedRow

FIRST, LONGEST = 1.0, 30.0
"""Seconds between two looks at the queue with --wait; the first, and the longest, as each look costs Slurm time."""


@dataclass(frozen=True, kw_only=True)
class Slurm:
    """Jobs of a Slurm cluster, which go on without this process; with `wait` it follows them to their end."""

    device: str
    request: Request
    wait: bool

    def launch(self, work: Work, *, quiet: bool) -> Launched:
        """Submit all unfinished runs that are neither queued nor running, after their images were found.

        A damaged run is not submitted, as the user must restore or delete it; the command fails, as it does locally.
        """
        from bench.runs.slurm.submit import submitting

        console = Console(stderr=quiet)
        say = sayer(console)
        results = work.rows[0].runs[0].results
        with submitting(results):
            standing = standings(work.rows, certain=True)
            jobs = work.jobs(lambda run: run.status in UNFINISHED and run.folder not in standing)
            damaged = work.jobs(lambda run: run.status == "damaged")
            check_images_of(jobs)
            self.send(jobs, results, len(standing), "run", say)
        for job in damaged:
            say(f"{job.label}: damaged, not submitted ({job.run.damage})")
        shown = f"'supernet-bench plan {work.words}' shows the jobs, 'supernet-bench cancel {work.words}' ends them"
        if (jobs or standing) and not self.wait:
            say(shown)
        if self.wait:
            follow(lambda: _of_rows(work), console, shown)
        unfinished = self.wait and told_unfinished(work.rows, say)
        return Launched(failed=unfinished or bool(damaged), ended=self.wait or not (jobs or standing))

    def would(self, work: Work, expected: "Mapping[Path, Expected | None]") -> str:
        """Return what `launch` would submit and ask for; see `Launcher`.

        Neither asks Slurm nor needs it, but for runs that were submitted from here.
        """
        from bench.runs.expected import spelled
        from bench.runs.slurm.submit import LARGEST

        standing = standings(work.rows)
        jobs = work.jobs(lambda run: run.status in UNFINISHED and run.folder not in standing)
        check_images_of(jobs)
        there = f", {len(standing)} queued or running" if standing else ""
        if not jobs:
            return f"nothing is left to submit{there}{left_as_they_are(work)}"
        runs = f"{LARGEST:,} of {counted(len(jobs))}" if len(jobs) > LARGEST else counted(len(jobs))
        told = f"would submit {runs} as one array: {self.request.spelled()}{there}"
        if most := longest(jobs, expected):
            told += f"; one may take {spelled([most], 'unknown')}"
            if self.request.gpus and not most.gpu:
                told += ", as no time on a card is stored"
            elif most.minutes > self.request.minutes:
                told += f", longer than {self.request.limit}: it is requeued and goes on from its last epoch"
            each = [expected[job.run.folder] for job in jobs]
            told += f"; all together {spelled(each, 'unknown')}"
        return f"{told}{left_as_they_are(work)}"

    def submit(
        self, units: "Sequence[Unit]", standing: "Collection[Path]", results: Path, what: str, shown: str
    ) -> bool:
        """Submit units of work that are no runs, each a `what`; return whether nothing is queued or running.

        `standing` are the folders of those that are. `shown` tells how the jobs are looked at and ended. The caller
        lets no other command submit meanwhile. Notes go to stderr.
        """
        say = sayer(Console(stderr=True))
        self.send(units, results, len(standing), what, say)
        if (units or standing) and not self.wait:
            say(shown)
        return not (units or standing)

    def followed(self, folders: "Collection[Path]", shown: str) -> bool:
        """Follow the jobs of such units to their end; return whether none failed, and tell those that did."""
        console = Console(stderr=True)
        places = [Folder(folder) for folder in folders]

        def look() -> tuple[Grid, bool]:
            found = standings_at(places, certain=True)
            states = [standing.state for standing in found.values()]
            grid = Grid("jobs", RUNNING, QUEUED, "ended")
            counts = (len(places), states.count(RUNNING), states.count(QUEUED), len(places) - len(states))
            grid.add_row(*(str(count or "-") for count in counts))
            return grid, bool(found)

        follow(look, console, shown)
        failures = [(place.folder, why) for place in places if (why := failure_in(place.folder))]
        for folder, why in failures:
            sayer(console)(f"{folder}: failed ({why})")
        return not failures

    def send(
        self, units: "Sequence[Unit]", results: Path, standing: int, what: str, say: Callable[[str], None]
    ) -> None:
        """Submit units of work and say so; those that one array cannot hold are left to the next command."""
        from bench.runs.slurm.submit import LARGEST, submit

        if not locks(results):
            say(
                f"the file system of {results} does not lock files: a {what} may be done twice, the first result stands"
            )
        if standing:
            say(f"not submitted again: {standing} queued or running")
        if units:
            submission = submit(units[:LARGEST], results, self.request)
            array = submission.jobs[0].partition("_")[0]
            count = f"{len(submission.jobs)} {what}{'s' if len(submission.jobs) > 1 else ''}"
            say(f"submitted {count} as job {array}; logs: {submission.logs}")
        if len(units) > LARGEST:
            say(f"{len(units) - LARGEST:,} more are left: an array has at most {LARGEST:,}; run again later")
        if not (units or standing):
            say("nothing is left to submit")


def sayer(console: Console) -> Callable[[str], None]:
    """Return what prints a line as it is."""
    return lambda line: console.print(line, markup=False, highlight=False, soft_wrap=True)


def follow(look: Callable[[], tuple[Grid, bool]], console: Console, shown: str) -> None:
    """Show the table that `look` returns until it says that nothing is queued or running.

    Ctrl-C ends the command with exit code 130; the jobs go on, and `shown` tells how to look at them.
    """
    pause = FIRST
    try:
        with Live(console=console, auto_refresh=False) as live:
            while True:
                grid, goes_on = look()
                live.update(grid, refresh=True)
                if not goes_on:
                    return
                sleep(pause)
                pause = min(LONGEST, pause * 1.2)
    except KeyboardInterrupt:
        typer.echo(f"the jobs go on: {shown}", err=True)
        raise


def _of_rows(work: Work) -> tuple[Grid, bool]:
    """Return how many runs of each row are in which state, and whether any is queued or running."""
    standing = standings(work.rows, certain=True)
    grid = Grid("row", *ALL_STATES)
    for planned in work.rows:
        counts = seeds_by_state(planned, standing)
        grid.add_row(planned.row.name, *(str(len(counts[state]) or "-") for state in ALL_STATES))
    return grid, bool(standing)


def told_unfinished(rows: "list[PlannedRow]", say: Callable[[str], None]) -> bool:
    """Say which runs have failed, and how many are missing; return whether there are any."""
    failures = {(p.row.name, seed): reason for p in rows for seed, reason in p.failures().items()}
    for (name, seed), reason in failures.items():
        say(f"{name}, seed {seed}: failed ({reason})")
    standing = standings(rows)
    for planned in rows:
        for run in planned.having("missing"):
            if about := lost_job(run, standing):
                say(f"{planned.row.name}, seed {run.seed}: {about}")
    missing = sum(len(planned.having("missing")) for planned in rows)
    if missing:
        say(f"{missing} of the runs were ended before they were done; the same command submits them again")
    return bool(failures or missing)
