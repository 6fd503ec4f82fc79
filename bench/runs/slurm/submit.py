"""Submits units of work (runs, searches, parts of a table) to Slurm as an array of one task each, by submitit."""

import io
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.errors import BenchError, MachineError, StoreError, installing, shown
from bench.files import make_folder
from bench.processes.claim import claimed
from bench.runs.job import PackedJob, Unit
from bench.runs.local import same_module_path
from bench.runs.slurm.queue import LOGS, NAME, NO_CLUSTER, note_job, without_cluster
from bench.runs.slurm.settings import CARDS, Request
from bench.runs.slurm.task import Task
from bench.runs.store import Folder

UNKNOWN_OPTION = r"(unrecognized|invalid|ambiguous) option|option .* is ambiguous"
LARGEST = 1_000
"""Tasks of one array: Slurm's default limit, MaxArraySize, is 1,001."""
WARNING = 120
"""Seconds before the end of its time at which a run is told to stop: it saves after every epoch anyway."""


@dataclass(frozen=True)
class Submission:
    """The numbers of the submitted jobs, in the order of the units, and the folder of their logs."""

    jobs: tuple[str, ...]
    logs: Path


def check_submitit() -> None:
    """Raise `MachineError` if submitit is not installed."""
    try:
        import submitit  # noqa: F401
    except ImportError as error:
        raise MachineError(
            f"'--on slurm' needs submitit, which is not installed; run: {installing('submitit')}"
        ) from error


@contextmanager
def submitting(results: Path) -> Iterator[None]:
    """Let one process at a time find out what is left in a results folder and submit it, so that no run goes twice.

    Raises `StoreError` naming the other process.
    """
    with claimed(results / LOGS / "lock") as other:
        if other is not None:
            raise StoreError(f"{other} submits runs of {results}; try again when it has ended")
        yield


def submit(units: Sequence[Unit], results: Path, request: Request) -> Submission:
    """Submit at most `LARGEST` units of work, and store in the folder of each the number of its job.

    The logs lie in the folder `slurm` of `results`.

    Raises `MachineError` if Slurm refuses the request; nothing is queued then.
    """
    there = [unit.moved(check_shared) for unit in units]
    tasks = [Task(PackedJob.of(unit), unit.folder) for unit in there]
    logs = make_folder(check_shared(results) / LOGS / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}")
    try:
        numbers = _array(tasks, request, logs)
    except BaseException:
        shutil.rmtree(logs, ignore_errors=True)
        raise
    for unit, number in zip(there, numbers, strict=True):
        note_job(Folder(unit.folder), number)
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
    if request.gpus and not CARDS & request.options.keys():
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
        with same_module_path(), redirect_stderr(io.StringIO()), executor.batch():  # the error below tells it
            submitted = [executor.submit(task) for task in tasks]
    except (FailedJobError, FailedSubmissionError, OSError) as error:
        raise MachineError(f"sbatch refused the request: {_reason(str(error))}") from error
    return tuple(job.job_id for job in submitted)


def _reason(text: str) -> str:
    """Return what sbatch says, without the rest of submitit's message."""
    said = [line.removeprefix("sbatch: error: ").strip() for line in text.splitlines() if "error:" in line]
    said += [line.removeprefix("sbatch: ").strip() for line in text.splitlines() if re.search(UNKNOWN_OPTION, line)]
    if without_cluster(said):
        return NO_CLUSTER
    return shown("; ".join(said) or text.strip().splitlines()[-1] if text.strip() else "no reason given", 400)


def check_shared(path: Path) -> Path:
    """Return a path as the nodes see it; raises `BenchError` if sbatch would read '%' in it as a pattern."""
    full = Path(os.path.abspath(path))
    if "%" in str(full):
        raise BenchError(f"{full} has a '%' in its name, which Slurm replaces; use another folder")
    return full
