"""Where work is carried out: in processes of this machine, or as jobs of a Slurm cluster."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.cli.options import check_device
from bench.cli.work import Launcher
from bench.errors import BenchError, unknown_name
from bench.processes.parallel import cores
from bench.runs.slurm.settings import Request, read_settings

if TYPE_CHECKING:
    from bench.cli.slurm import Slurm

LAUNCHERS = ("local", "slurm")


@dataclass(frozen=True, kw_only=True)
class Where:
    """The options that say where work is done, as the user wrote them; None was not written.

    `dry` if it is only said what would be done.
    """

    on: str
    device: str
    jobs: int | None
    partition: str | None
    hours: float | None
    gpus: int | None
    parallel: int | None
    settings: Path | None
    wait: bool
    dry: bool = False


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
    """Return the cluster that is asked for, None for this machine. A dry run needs no Slurm.

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
    if not asked.dry:
        check_slurm()
        check_submitit()
    return Slurm(device="cuda" if request.gpus else "cpu", request=request, wait=asked.wait)
