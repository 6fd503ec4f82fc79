"""The work of a study's rows: which runs are jobs, and how their launch ended."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bench.recipe.preset import Preset

if TYPE_CHECKING:
    from bench.runs.expected import Expected
    from bench.runs.job import Job
    from bench.runs.plan import PlannedRow
    from bench.runs.store import Run
    from bench.tables.table import Table


@dataclass(frozen=True)
class Work:
    """The rows of a study, and how a run becomes a job with a label; `words` name the rows to `plan` and `cancel`."""

    words: str
    rows: "list[PlannedRow]"
    job: "Callable[[Run, str], Job]"

    def jobs(self, wanted: "Callable[[Run], bool]") -> "list[Job]":
        """Return the jobs of the wanted runs; rows with one recipe share a run, which is one job."""
        shared: dict[Path, tuple[Run, list[str]]] = {}
        for planned in self.rows:
            for run in planned.runs:
                if wanted(run):
                    shared.setdefault(run.folder, (run, []))[1].append(planned.row.name)
        return [self.job(run, f"{', '.join(dict.fromkeys(names))}, seed {run.seed}") for run, names in shared.values()]


@dataclass(frozen=True, kw_only=True)
class Launched:
    """Whether a run failed, and whether all runs have ended, so that the rows can be scored."""

    failed: bool
    ended: bool = True


class Launcher(Protocol):
    """Completes the unfinished runs of a study's rows on a `device`."""

    @property
    def device(self) -> str:
        """Return the device of the runs."""

    def launch(self, work: Work, *, quiet: bool) -> Launched:
        """Complete the unfinished runs, or see that they will be; notes go to stderr if `quiet`."""

    def would(self, work: Work, expected: "Mapping[Path, Expected | None]") -> str:
        """Return what `launch` would do, in a sentence; `expected` is what each run may take, by folder.

        Raises `DataError` or `UnknownName` for missing images.
        """


def counted(runs: int) -> str:
    """Return a number of runs in words.

    >>> counted(1), counted(1200)
    ('1 run', '1,200 runs')
    """
    return "1 run" if runs == 1 else f"{runs:,} runs"


def longest(jobs: "Sequence[Job]", expected: "Mapping[Path, Expected | None]") -> "Expected | None":
    """Return what the longest of the jobs is expected to take; None if that of one is unknown."""
    each = [expected.get(job.run.folder) for job in jobs]
    known = [one for one in each if one is not None]
    return max(known, key=lambda one: one.minutes, default=None) if len(known) == len(each) else None


def check_images(needed: "set[tuple[str, Path]]") -> None:
    """Raise `DataError` or `UnknownName` if images, by name and data folder, are not there."""
    from bench.sample.images.image_files import DIGITS, open_images

    for name, folder in sorted(needed):
        if name != DIGITS:
            open_images(name, folder)


def check_images_of(jobs: "Sequence[Job]") -> None:
    """Raise `DataError` or `UnknownName` if the images of a job are not there."""
    check_images({(job.run.recipe.images.dataset, job.data) for job in jobs})


def left_as_they_are(work: Work) -> str:
    """Return the damaged runs in words, which no launch completes; empty without any."""
    damaged = len(work.jobs(lambda run: run.status == "damaged"))
    return f"; {counted(damaged)} damaged, which 'supernet-bench plan {work.words}' names" if damaged else ""


def work_of(
    words: str,
    rows: "list[PlannedRow]",
    preset: Preset,
    table: "Table | None",
    others: "list[Table]",
    data: Path,
    device: str,
    *,
    event_files: bool = False,
) -> Work:
    """Return the work of the rows that `words` name; their supernets predict what `predicted_population` says."""
    from bench.registry import plugin_paths
    from bench.runs.job import Job
    from bench.runs.scored_on import predicted_population

    def job(run: "Run", label: str) -> Job:
        population = predicted_population(run.recipe.space, preset, table, others)
        return Job(run, label, population, data, device, plugin_paths(), event_files)

    return Work(words, rows, job)
