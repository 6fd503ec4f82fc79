"""Runs in worker processes of this machine, with a progress bar each."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from bench.cli.work import Launched, Work, check_images_of, counted, left_as_they_are, longest
from bench.processes.progress import Step
from bench.runs.expected import Expected, spelled
from bench.runs.job import Job, Outcome
from bench.runs.store import UNFINISHED


@dataclass(frozen=True, kw_only=True)
class Local:
    """Worker processes of this machine, one thread each; Ctrl-C ends them."""

    device: str
    workers: int

    def launch(self, work: Work, *, quiet: bool) -> Launched:
        """Complete all unfinished runs with progress bars, on stderr if `quiet`.

        Raises `DataError` or `UnknownName` for missing images, before anything is trained.
        """
        from bench.runs.local import run_all

        todo = work.jobs(lambda run: run.status != "done")
        if not todo:
            return Launched(failed=False)
        check_images_of(todo)
        rate = TextColumn("{task.completed:.0f}/{task.total:.0f} {task.fields[unit]}, {task.fields[rate]:.1f}/s")
        with Progress(
            "{task.description}", BarColumn(), rate, TimeRemainingColumn(), console=Console(stderr=quiet)
        ) as progress:
            bars: dict[tuple[str, str], tuple[TaskID, float, int]] = {}

            def report(job: Job, step: Step) -> None:
                key = (job.label, step.phase)
                if key not in bars:
                    task = progress.add_task(
                        f"{job.label}: {step.phase}", total=step.total, completed=step.done, unit=step.unit, rate=0.0
                    )
                    bars[key] = (task, time.monotonic(), step.done)
                task, since, first = bars[key]
                seconds = max(time.monotonic() - since, 1e-9)
                progress.update(task, completed=step.done, rate=(step.done - first) / seconds)

            def ended(outcome: Outcome) -> None:
                note = f" ({outcome.reason})" if outcome.reason else ""
                progress.console.print(f"{outcome.label}: {outcome.status}{note}", markup=False, highlight=False)

            def said(job: Job, line: str) -> None:
                progress.console.print(f"{job.label}: {line}", markup=False, highlight=False)

            outcomes = run_all(todo, workers=self.workers, report=report, ended=ended, said=said)
        return Launched(failed=any(outcome.status == "failed" for outcome in outcomes) or _all_held(outcomes))

    def would(self, work: Work, expected: Mapping[Path, Expected | None]) -> str:
        """Return how many runs `launch` would complete, and how many at a time; see `Launcher`."""
        todo = work.jobs(lambda run: run.status in UNFINISHED)
        check_images_of(todo)
        if not todo:
            return f"nothing is left to run{left_as_they_are(work)}"
        workers = min(self.workers, len(todo))
        most = longest(todo, expected)
        took = f"; one may take {spelled([most], 'unknown')}" if most else ""
        processes = f"{workers} process{'es' if workers > 1 else ''}"
        return f"would complete {counted(len(todo))} in {processes}{took}{left_as_they_are(work)}"


def _all_held(outcomes: list[Outcome]) -> bool:
    """Return whether nothing was trained because other processes hold all that is left, and say so."""
    if not outcomes or not all(outcome.held for outcome in outcomes):
        return False
    runs = "the run that is left is" if len(outcomes) == 1 else f"all {len(outcomes)} runs that are left are"
    typer.echo(f"nothing was trained: {runs} held by another process; run again when it has ended", err=True)
    return True
