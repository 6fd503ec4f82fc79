"""The work of a study's rows: which runs are jobs, and how their launch ended."""

from collections.abc import Callable
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

    def would(self, work: Work, longest: "Expected | None") -> str:
        """Return what `launch` would do, in a sentence; `longest` is what a single run may take, None if unknown."""


def work_of(
    words: str,
    rows: "list[PlannedRow]",
    preset: Preset,
    table: "Table | None",
    others: "list[Table]",
    data: Path,
    device: str,
) -> Work:
    """Return the work of the rows that `words` name; their supernets predict what `predicted_population` says."""
    from bench.registry import plugin_paths
    from bench.runs.job import Job
    from bench.runs.scored_on import predicted_population

    def job(run: "Run", label: str) -> Job:
        population = predicted_population(run.recipe.space, preset, table, others)
        return Job(run, label, population, data, device, plugin_paths())

    return Work(words, rows, job)
