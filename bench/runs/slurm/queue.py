"""What Slurm's queue says of submitted runs, and the small file that names a run's job."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.errors import MachineError, shown
from bench.files import make_folder, write_whole
from bench.runs.store import Place
from bench.untrusted.json_object import read_object

LOGS = "slurm"
"""The folder, beside those of the presets, of what is submitted and of the logs."""
NAME = "supernet-bench"
"""The name of every job, by which the queue is asked."""
STATES = "PENDING,RUNNING,SUSPENDED,COMPLETING,CONFIGURING"
WAITING = ("PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "SPECIAL_EXIT")
ASKED = 60.0
"""Seconds after which a command of Slurm that does not answer is given up."""
NO_CLUSTER = "this machine belongs to no cluster: Slurm finds no configuration"
AT_ONCE = 500
"""Jobs named in one command."""


@dataclass(frozen=True, kw_only=True)
class Queued:
    """A job in the queue: its state in Slurm's words, its node, when it began (UTC) if it did, why it waits."""

    state: str
    node: str = ""
    since: str = ""
    reason: str = ""

    @property
    def waits(self) -> bool:
        """Return whether the job has not begun, or will begin again."""
        return self.state in WAITING


@dataclass(frozen=True)
class Submitted:
    """The job that was submitted for a run, and when (UTC)."""

    job: str
    submitted: str


def check_slurm() -> None:
    """Raise `MachineError` unless this machine can submit jobs to Slurm."""
    for command in ("sbatch", "srun", "squeue"):
        if shutil.which(command) is None:
            raise MachineError(
                f"this machine has no Slurm ('{command}' is not found); log in to a machine of the cluster that "
                "submits jobs, or leave out '--on slurm'"
            )


def read_queue() -> dict[str, Queued] | None:
    """Return the jobs named `NAME` in the queue by their number, `12_3` in an array; None on a machine without Slurm.

    Raises `MachineError` if Slurm does not answer.
    """
    if shutil.which("squeue") is None:
        return None
    told = asked("squeue", "--noheader", "--array", f"--name={NAME}", f"--states={STATES}", "--format=%i|%T|%N|%S|%r")
    found = {}
    for line in told.splitlines():
        job, state, node, start, reason = (line.split("|") + [""] * 5)[:5]
        began = f"{start}+00:00" if state not in WAITING and start != "N/A" else ""
        found[job] = Queued(state=state, node=node, since=began, reason="" if reason == "None" else reason)
    return found


def asked(*words: str) -> str:
    """Return what a command of Slurm prints, times in UTC; raises `MachineError` with its first line of error."""
    try:
        ran = subprocess.run(
            words, capture_output=True, text=True, errors="replace", timeout=ASKED, env=os.environ | {"TZ": "UTC"}
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = error.strerror if isinstance(error, OSError) else f"no answer in {ASKED:.0f} seconds"
        raise MachineError(f"{words[0]} failed ({reason}); see whether Slurm runs with 'sinfo'") from error
    if ran.returncode:
        said = ran.stderr.strip().splitlines()
        reason = NO_CLUSTER if without_cluster(said) else shown(next(iter(said), f"exit code {ran.returncode}"), 300)
        raise MachineError(f"{words[0]} failed ({reason}); see whether Slurm runs with 'sinfo'")
    return ran.stdout


def without_cluster(said: list[str]) -> bool:
    """Return whether a command of Slurm says that it finds no configuration."""
    return any("resolve_ctls_from_dns_srv" in line for line in said)


def note_job(place: Place, job: str) -> None:
    """Store which job will complete a unit of work."""
    make_folder(place.folder)
    when = datetime.now(UTC).isoformat(timespec="seconds")
    write_whole(place.job_path, json.dumps({"job": job, "submitted": when}) + "\n")


def job_of(place: Place) -> Submitted | None:
    """Return the job that was submitted for a unit of work; None if there is none, or its file is not readable."""
    return job_in(place.job_path)


def job_in(path: Path) -> Submitted | None:
    """Return the job that a file names."""
    try:
        found = read_object(path)
        job, submitted = found["job"], found["submitted"]
    except (OSError, ValueError, KeyError):
        return None
    return Submitted(job, submitted) if isinstance(job, str) and isinstance(submitted, str) else None


def cancel(jobs: list[str]) -> None:
    """End jobs, queued or running; raises `MachineError` if Slurm refuses."""
    for start in range(0, len(jobs), AT_ONCE):
        asked("scancel", *jobs[start : start + AT_ONCE])
