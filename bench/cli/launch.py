"""Where work is carried out: in processes of this machine, or as jobs of a Slurm cluster."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bench.cli.options import check_device
from bench.errors import BenchError, unknown_name
from bench.processes.parallel import cores
from bench.recipe.preset import Preset
from bench.runs.slurm.settings import Request, read_settings

if TYPE_CHECKING:
    from bench.cli.slurm import Slurm
    from bench.runs.job import Job
    from bench.runs.plan import PlannedRow
    from bench.runs.store import Run
    from bench.tables.table import Table

LAUNCHERS = ("local", "slurm")


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


@dataclass(frozen=True, kw_only=True)
class Where:
    """The options that say where work is done, as the user wrote them; None was not written."""

    on: str
    device: str
    jobs: int | None
    partition: str | None
    hours: float | None
    gpus: int | None
    parallel: int | None
    settings: Path | None
    wait: bool


def launcher_of(asked: Where) -> Launcher:
    """Return where runs are carried out; raises `BenchError` if its machine or its settings are lacking."""
    cluster = cluster_of(asked)
    if cluster is not None:
        return cluster
    from bench.cli.local import Local

    check_device(asked.device)
    if asked.jobs is not None and asked.jobs < 1:
        raise BenchError(f"--jobs {asked.jobs}; allowed: 1 or more")
    return Local(device=asked.device, workers=asked.jobs or (cores() if asked.device == "cpu" else 1))


def cluster_of(asked: Where) -> "Slurm | None":
    """Return the cluster that is asked for, None for this machine.

    Raises `BenchError` if the machine has no Slurm, or for options that are wrong where the work is to be done.
    """
    if asked.on == "local":
        for name in ("partition", "hours", "gpus", "parallel", "settings", "wait"):
            if getattr(asked, name) not in (None, False):
                raise BenchError(f"--{name} is for a cluster; add '--on slurm', or leave it out")
        return None
    if asked.on != "slurm":
        raise unknown_name("--on", asked.on, LAUNCHERS, "'local' is this machine")
    from bench.cli.slurm import Slurm
    from bench.runs.slurm.queue import check_slurm
    from bench.runs.slurm.submit import check_submitit

    if asked.jobs is not None:
        raise BenchError("--jobs is for this machine; with '--on slurm' use --parallel, the number of jobs at a time")
    options, setup = read_settings(asked.settings) if asked.settings else ({}, ())
    request = Request(
        partition=asked.partition,
        hours=1.0 if asked.hours is None else asked.hours,
        gpus=asked.gpus or 0,
        parallel=asked.parallel,
        options=options,
        setup=setup,
    )
    if asked.device not in ("cpu", "cuda"):
        raise BenchError(f"--device {asked.device}; allowed with '--on slurm': cpu, cuda")
    if asked.device == "cuda" and not request.gpus:
        raise BenchError("--device cuda with '--on slurm' needs a card; add '--gpus 1'")
    check_slurm()
    check_submitit()
    return Slurm(device="cuda" if request.gpus else "cpu", request=request, wait=asked.wait)


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
