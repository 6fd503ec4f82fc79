"""Submits runs to Slurm as an array with one task per run, by submitit."""

import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bench.errors import BenchError, MachineError, StoreError, shown
from bench.files import make_folder
from bench.processes.claim import claimed
from bench.runs.job import Job, PackedJob
from bench.runs.local import same_module_path
from bench.runs.slurm.queue import NAME, check_slurm, note_job
from bench.runs.slurm.settings import Request
from bench.runs.slurm.task import Task

FOLDER = "slurm"
"""The folder, beside those of the presets, of what is submitted and of the logs."""
LARGEST = 1_000
"""Tasks of one array: Slurm's default limit, MaxArraySize, is 1,001."""
WARNING = 120
"""Seconds before the end of its time at which a run is told to stop: it saves after every epoch anyway."""


@dataclass(frozen=True)
class Submission:
    """The numbers of the submitted jobs, in the order of the runs, and the folder of their logs."""

    jobs: tuple[str, ...]
    logs: Path


def check_submitit() -> None:
    """Raise `MachineError` if submitit is not installed."""
    try:
        import submitit  # noqa: F401
    except ImportError as error:
        raise MachineError(
            "'--on slurm' needs submitit, which is not installed; run: pip install 'supernet-bench[slurm]'"
        ) from error


def submit(jobs: Sequence[Job], request: Request) -> Submission:
    """Submit at most `LARGEST` runs of one results folder, and store for each the number of its job.

    Raises `MachineError` if this machine has no Slurm or Slurm refuses the request, and `StoreError` if another
    process submits runs of the same folder.
    """
    check_slurm()
    check_submitit()
    results = jobs[0].run.results.resolve()
    runs = [replace(job.run, results=results) for job in jobs]
    tasks = [
        Task(PackedJob.of(replace(job, run=run, data=job.data.resolve())), run.folder)
        for job, run in zip(jobs, runs, strict=True)
    ]
    folder = make_folder(results / FOLDER)
    with claimed(folder / "lock") as other:
        if other is not None:
            raise StoreError(f"{other} submits runs of {results}; try again when it has ended")
        name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        logs = make_folder(folder / name)
        try:
            numbers = _array(tasks, request, logs)
        except BaseException:
            shutil.rmtree(logs, ignore_errors=True)
            raise
        for run, number in zip(runs, numbers, strict=True):
            note_job(run, number)
    return Submission(numbers, logs)


def _array(tasks: Sequence[Task], request: Request, logs: Path) -> tuple[str, ...]:
    """Give the tasks to sbatch and return the number of each one's job."""
    from submitit.core.utils import FailedJobError, FailedSubmissionError
    from submitit.slurm.slurm import SlurmExecutor

    own: dict[str, str | int | bool] = {"requeue": True, "signal": f"USR1@{WARNING}"}
    if request.minutes * 60 < 3 * WARNING:
        own["signal"] = f"USR1@{request.minutes * 60 // 3}"
    if request.partition:
        own["partition"] = request.partition
    if request.gpus:
        own["gpus-per-node"] = request.gpus
    executor = SlurmExecutor(logs)
    executor.update_parameters(
        job_name=NAME,
        time=request.minutes,
        array_parallelism=request.parallel or len(tasks),
        setup=list(request.setup),
        wckey=None,
        additional_parameters=request.options | own,
    )
    try:
        with same_module_path(), executor.batch():
            submitted = [executor.submit(task) for task in tasks]
    except (FailedJobError, FailedSubmissionError, OSError) as error:
        raise MachineError(f"sbatch refused the request: {_reason(str(error))}") from error
    return tuple(job.job_id for job in submitted)


def _reason(text: str) -> str:
    """Return what sbatch says, without the rest of submitit's message."""
    said = [line.removeprefix("sbatch: error: ").strip() for line in text.splitlines() if "error:" in line]
    return shown("; ".join(said) or text.strip().splitlines()[-1] if text.strip() else "no reason given", 400)


def check_shared(path: Path) -> Path:
    """Return a path as the nodes see it; raises `BenchError` if sbatch would read '%' in it as a pattern."""
    full = Path(os.path.abspath(path))
    if "%" in str(full):
        raise BenchError(f"{full} has a '%' in its name, which Slurm replaces; use another folder")
    return full
