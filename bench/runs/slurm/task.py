"""What a node of the cluster executes: one unit of work, saved and requeued when Slurm takes the node away."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from time import sleep

from bench.device.kernels import settle_kernels
from bench.files import make_folder, write_whole
from bench.processes.claim import EXPIRY, HELD, RENEWAL
from bench.processes.interrupts import SIGNALS
from bench.processes.progress import Step
from bench.runs.job import FAILED_STATUS, PackedJob
from bench.runs.slurm.queue import job_in
from bench.runs.store import FAILED, JOB

AGAIN = 10.0
"""Seconds between two looks at a run that is held by the process of a node that died."""
RESTARTS = 3
"""How often a job that has not saved anything new begins again."""
STOPPED = 130


@dataclass(frozen=True)
class Task:
    """A unit of work as a job of Slurm; called on the node. A pickle of it names only this class."""

    job: PackedJob
    folder: Path

    def __call__(self) -> tuple[str, str]:
        """Complete the run; return how it ended and the reason of a failure.

        SIGUSR1, which Slurm sends before the time is over, and SIGTERM end it after its last checkpoint. The job is
        then requeued if Slurm still calls it running: a cancelled one is over, a preempted one is requeued by Slurm.
        A failure ends the process with code 1, so that Slurm calls the job failed, too.
        """
        settle_kernels()
        before = self._saved()
        previous = {number: signal.signal(number, _stop) for number in SIGNALS}
        try:
            ended = self._complete()
        except KeyboardInterrupt:
            self._stopped(before)
            sys.exit(STOPPED)
        for number, handler in previous.items():
            signal.signal(number, handler)
        print(*filter(None, ended), sep=": ", flush=True)
        failed = ended[0] == FAILED_STATUS
        if failed and not (self.folder / FAILED).exists():
            self._failed(ended[1])
        elif not failed and not ended[0].startswith(HELD):
            (self.folder / FAILED).unlink(missing_ok=True)
        self._forget()
        if failed:
            sys.exit(1)
        return ended

    def _stopped(self, before: int | None) -> None:
        """Requeue the job, unless it was cancelled, or began too often without saving more than `before`."""
        print("stopped by Slurm; the run continues from its last checkpoint", flush=True)
        if restarts() >= RESTARTS and self._saved() == before:
            why = f"Slurm stopped the job {restarts() + 1} times before it saved anything new"
            error = f"{why}: an epoch takes longer than the job's time; submit it again with more --hours"
            self._failed(error)
            self._forget()
        elif not requeued():
            self._forget()

    def _complete(self) -> tuple[str, str]:
        """Complete the run; after a restart, wait until the lease of a process that died with its node is over."""
        deadline = time.monotonic() + EXPIRY + RENEWAL
        while True:
            ended = self.job.complete(cores=cores, report=_silent, say=_say)
            if not (ended[0].startswith(HELD) and restarts() and time.monotonic() < deadline):
                return ended
            sleep(AGAIN)

    def _saved(self) -> int | None:
        """Return the time of the newest file in nanoseconds, but for those about who works on it; None without any."""
        about = ("lock", JOB, FAILED)
        found = [path for path in self.folder.glob("*") if not path.name.startswith(about)]
        times = [path.stat().st_mtime_ns for path in found if path.is_file()]
        return max(times, default=None)

    def _failed(self, error: str) -> None:
        make_folder(self.folder)
        write_whole(self.folder / FAILED, json.dumps({"error": error}) + "\n")

    def _forget(self) -> None:
        """Remove the file that names this job, unless the run was submitted again."""
        path = self.folder / JOB
        named = job_in(path)
        if named and named.job == this_job():
            path.unlink(missing_ok=True)


def this_job() -> str:
    """Return the number of the job in which this process runs, `12_3` in an array."""
    array, task = os.environ.get("SLURM_ARRAY_JOB_ID"), os.environ.get("SLURM_ARRAY_TASK_ID")
    return f"{array}_{task}" if array else os.environ.get("SLURM_JOB_ID", "")


def restarts() -> int:
    """Return how often Slurm has begun this job again."""
    return int(os.environ.get("SLURM_RESTART_COUNT", "0"))


def cores() -> int:
    """Return the number of cores that Slurm gives the run."""
    return int(os.environ.get("SLURM_CPUS_PER_TASK", "1"))


def requeued() -> bool:
    """Requeue this job if Slurm calls it running; return whether it is in the queue again, also by Slurm itself.

    One task of an array has the array's own number as SLURM_JOB_ID, by which Slurm would requeue all of its tasks.
    """
    job = this_job()
    told = _told("scontrol", "--oneliner", "show", "job", job)
    if "JobState=RUNNING" in told:
        return _told("scontrol", "requeue", job, failed="failed") != "failed"
    return "JobState=CANCELLED" not in told


def _told(*words: str, failed: str = "") -> str:
    try:
        return subprocess.run(words, capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError) as error:
        print(f"{' '.join(words)}: {error}", file=sys.stderr, flush=True)
        return failed


def _stop(signum: int, frame: object) -> None:
    """Interrupt the run, once: what it saves is not interrupted again."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _silent(step: Step) -> None:
    """Show no progress: nobody looks."""


def _say(line: str) -> None:
    print(line, flush=True)
