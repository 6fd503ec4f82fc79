"""Runs as jobs of a Slurm cluster: submitted, followed, cancelled."""

from collections.abc import Callable
from dataclasses import dataclass
from time import sleep
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table as Grid

from bench.cli.launch import Launched, Work
from bench.processes.claim import locks
from bench.runs.slurm.settings import Request
from bench.runs.store import UNFINISHED

if TYPE_CHECKING:
    from bench.runs.job import Job
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
        from bench.runs.slurm.submit import LARGEST, submit, submitting
        from bench.runs.standing import standings

        console = Console(stderr=quiet)
        results = work.rows[0].runs[0].results

        def say(line: str) -> None:
            console.print(line, markup=False, highlight=False, soft_wrap=True)

        with submitting(results):
            if not locks(results):
                say(f"the file system of {results} does not lock files: a run may be trained twice, the first stands")
            standing = standings(work.rows)
            jobs = work.jobs(lambda run: run.status in UNFINISHED and run.folder not in standing)
            damaged = work.jobs(lambda run: run.status == "damaged")
            check_images(jobs)
            if standing:
                say(f"not submitted again: {len(standing)} queued or running")
            if jobs:
                submission = submit(jobs[:LARGEST], self.request)
                array = submission.jobs[0].partition("_")[0]
                count = f"{len(submission.jobs)} run{'s' if len(submission.jobs) > 1 else ''}"
                say(f"submitted {count} as job {array}; logs: {submission.logs}")
            if len(jobs) > LARGEST:
                say(f"{len(jobs) - LARGEST:,} more are left: an array has at most {LARGEST:,}; run again later")
        for job in damaged:
            say(f"{job.label}: damaged, not submitted ({job.run.damage})")
        if not jobs and not standing:
            say("nothing is left to submit")
        elif not self.wait:
            say(f"'supernet-bench plan {work.words}' shows the jobs, 'supernet-bench cancel {work.words}' ends them")
        if self.wait:
            follow(work, console)
        unfinished = self.wait and told_unfinished(work.rows, say)
        return Launched(failed=unfinished or bool(damaged), ended=self.wait or not (jobs or standing))


def check_images(jobs: "list[Job]") -> None:
    """Raise `DataError` or `UnknownName` if the images of a run are not in its data folder."""
    from bench.sample.images.image_files import DIGITS, open_images

    for name, folder in sorted({(job.run.recipe.images.dataset, job.data) for job in jobs}):
        if name != DIGITS:
            open_images(name, folder)


def follow(work: Work, console: Console) -> None:
    """Show how many runs of each row are in which state, until none is queued or running.

    Ctrl-C ends the command with exit code 130; the jobs go on.
    """
    from bench.runs.standing import ALL_STATES, seeds_by_state, standings

    pause = FIRST
    try:
        with Live(console=console, auto_refresh=False) as live:
            while True:
                standing = standings(work.rows)
                grid = Grid("row", *ALL_STATES)
                for planned in work.rows:
                    counts = seeds_by_state(planned, standing)
                    grid.add_row(planned.row.name, *(str(len(counts[state]) or "-") for state in ALL_STATES))
                live.update(grid, refresh=True)
                if not standing:
                    return
                sleep(pause)
                pause = min(LONGEST, pause * 1.2)
    except KeyboardInterrupt:
        typer.echo(
            f"the jobs go on: 'supernet-bench plan {work.words}' shows them, 'supernet-bench cancel {work.words}' "
            "ends them",
            err=True,
        )
        raise


def told_unfinished(rows: "list[PlannedRow]", say: Callable[[str], None]) -> bool:
    """Say which runs have failed, and how many are missing; return whether there are any."""
    failures = {(p.row.name, seed): reason for p in rows for seed, reason in p.failures().items()}
    for (name, seed), reason in failures.items():
        say(f"{name}, seed {seed}: failed ({reason})")
    missing = sum(len(planned.having("missing")) for planned in rows)
    if missing:
        say(f"{missing} of the runs were ended before they were done; the same command submits them again")
    return bool(failures or missing)
