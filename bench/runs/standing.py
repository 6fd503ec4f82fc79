"""How a study's unfinished runs stand: who works on them, which wait in Slurm's queue. From files and the queue."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.errors import MachineError
from bench.processes.claim import holder_of
from bench.runs.plan import PlannedRow
from bench.runs.slurm.queue import LOGS, Queued, Submitted, job_of, read_queue
from bench.runs.store import UNFINISHED, Place, Run, search_place

QUEUED, RUNNING = "queued", "running"
NO_SLURM = "this machine cannot ask Slurm"
ALL_STATES = ("done", RUNNING, QUEUED, "missing", "failed", "damaged")
SOMETIMES = (RUNNING, QUEUED, "damaged")
"""The states that a plan shows only if a run is in one."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """An unfinished run that is queued or running: where and since when (UTC), and its job if it is one of Slurm's."""

    state: str
    where: str = ""
    since: str = ""
    job: str = ""
    reason: str = ""

    def __str__(self) -> str:
        job = f"job {self.job}" if self.job else ""
        note = ", ".join(part for part in (job, self.reason) if part)
        place = f" on {self.where}" if self.where else ""
        since = f" since {self.since}" if self.since else ""
        return f"{self.state}{place}{since}{f' ({note})' if note else ''}"


def standings(rows: Iterable[PlannedRow], *, certain: bool = False) -> dict[Path, Standing]:
    """Return, by folder, the unfinished runs that are queued or running; Slurm is asked once, if any was submitted.

    Where Slurm cannot be asked, because it is not there or does not answer, a submitted run counts as queued; if the
    answer must be `certain`, as before jobs are submitted or ended, one that does not answer raises `MachineError`.
    """
    return standings_at((run for planned in rows for run in planned.begun()), certain=certain)


def standings_at(places: Iterable[Place], *, certain: bool = False) -> dict[Path, Standing]:
    """Return, by folder, the places whose work is queued or running, as `standings` does for runs."""
    there = {place.folder: place for place in places}
    submitted = {folder: job for folder, place in there.items() if (job := job_of(place))}
    queue, why = _queue(certain=certain) if submitted else ({}, "")
    found = {}
    for folder, place in there.items():
        standing = _standing(place, submitted.get(folder), queue, why)
        if standing:
            found[folder] = standing
    return found


def searching(rows: Iterable[PlannedRow], *, certain: bool = False) -> dict[Path, Standing]:
    """Return, by folder, the finished runs on which searches are queued or running; as `standings`."""
    done = {run.folder: search_place(run) for planned in rows for run in planned.having("done")}
    found = standings_at(done.values(), certain=certain)
    return {folder: found[place.folder] for folder, place in done.items() if place.folder in found}


def lost_job(run: Run, found: dict[Path, Standing]) -> str:
    """Return a line about the job of an unfinished run that has left the queue without telling how it ended, or ""."""
    job = job_of(run) if run.folder not in found and run.status == "missing" else None
    if job is None:
        return ""
    logs = sorted((run.results / LOGS).glob(f"*/{job.job}_*_log.err"))
    return f"job {job.job} left the queue before the run was done; its log: {logs[-1] if logs else run.results / LOGS}"


def _queue(*, certain: bool) -> tuple[dict[str, Queued] | None, str]:
    """Return the queue, and why there is none."""
    try:
        return read_queue(), NO_SLURM
    except MachineError as error:
        if certain:
            raise
        return None, f"{NO_SLURM}: {str(error).partition(';')[0]}"


def seeds_by_state(planned: PlannedRow, found: dict[Path, Standing]) -> dict[str, list[int]]:
    """Return the seeds of a row in each of `ALL_STATES`; a run in `found` is neither missing nor failed.

    `found` is of `standings`. A row is read once, so that a run that ends meanwhile is in one state.
    """
    states: dict[str, list[int]] = {state: [] for state in ALL_STATES}
    for status, runs in planned.by_status().items():
        for run in runs:
            standing = found.get(run.folder) if status in UNFINISHED else None
            states[standing.state if standing else status].append(run.seed)
    return {state: sorted(seeds, key=[run.seed for run in planned.runs].index) for state, seeds in states.items()}


def _standing(place: Place, submitted: Submitted | None, queue: dict[str, Queued] | None, why: str) -> Standing | None:
    job = submitted.job if submitted else ""
    queued = queue.get(job) if queue is not None else None
    holder = holder_of(place.lock)
    if holder is not None:
        process = f"{holder.host}, process {holder.pid}" if holder.pid else "an unknown host"
        return Standing(state=RUNNING, where=process, since=holder.since, job=job if queued or queue is None else "")
    if submitted is None:
        return None
    if queue is None:
        return Standing(state=QUEUED, since=submitted.submitted, job=job, reason=why)
    if queued is None:
        return None
    if queued.waits:
        return Standing(state=QUEUED, since=submitted.submitted, job=job, reason=queued.reason)
    return Standing(state=RUNNING, where=queued.node, since=queued.since, job=job)
