"""Executes runs in local worker processes, one thread each, and reports their progress."""

import multiprocessing
import os
import queue
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import Any

from bench.device.kernels import settle_kernels
from bench.processes.interrupts import interrupted_by_signals
from bench.processes.parallel import as_child, start_tracker
from bench.processes.progress import Step
from bench.runs.job import Job, Outcome, PackedJob

INTERVAL = 0.2
"""Seconds between two progress messages of a worker."""
IMPORTED_ONCE = ["bench.processes.forkserver", "bench.runs.execute", "torch._dynamo"]
"""Modules that every worker needs (optimizers load the last); importing them takes three seconds per process."""
ENDING = 1.0
"""Seconds that a worker has to end before it is killed."""


def run_all(
    jobs: Iterable[Job],
    *,
    workers: int,
    report: Callable[[Job, Step], None],
    ended: Callable[[Outcome], None],
    said: Callable[[Job, str], None] = lambda job, line: None,
) -> list[Outcome]:
    """Complete all jobs, `workers` at a time; one failure does not stop the others. `said` gets what a job has to say.

    When fewer jobs than workers are left, jobs that are predicting also use the free cores.

    On Ctrl-C, SIGTERM or SIGUSR1 the workers stop too, and so they do within a second if this process is killed; the
    next call continues each run from its last checkpoint.
    """
    waiting = list(jobs)
    running: dict[int, BaseProcess] = {}
    outcomes: list[Outcome] = []
    context = worker_context()
    messages: Any = context.Queue()
    alive: Any = context.Value("i", 0, lock=False)

    def drain(wait: float) -> None:
        try:
            while True:
                index, message = messages.get(timeout=wait)
                job = order[index]
                if isinstance(message, Step):
                    report(job, message)
                elif isinstance(message, str):
                    said(job, message)
                else:
                    outcome = Outcome(job.run, job.label, *message)
                    outcomes.append(outcome)
                    ended(outcome)
        except queue.Empty:
            return

    order = dict(enumerate(waiting))
    todo = list(order)
    try:
        with interrupted_by_signals():
            while todo or running:
                while todo and len(running) < workers:
                    index = todo.pop(0)
                    job = order[index]
                    work = (index, PackedJob.of(job), messages, alive, workers)
                    worker: BaseProcess = context.Process(target=_work, args=work, daemon=True)
                    worker.start()
                    running[index] = worker
                    alive.value = len(running)
                drain(INTERVAL)
                for index in [index for index, worker in running.items() if not worker.is_alive()]:
                    _reap(index, order[index], running.pop(index), drain, outcomes, ended)
                    alive.value = len(running)
    finally:
        for worker in running.values():
            worker.terminate()
        for worker in running.values():
            worker.join(ENDING)
            worker.kill()
    return outcomes


def _reap(
    index: int,
    job: Job,
    worker: BaseProcess,
    drain: Callable[[float], None],
    outcomes: list[Outcome],
    ended: Callable[[Outcome], None],
) -> None:
    """Report a worker as failed if it ended without an outcome (killed, out of memory)."""
    drain(0.05)
    if not any(outcome.run == job.run for outcome in outcomes):
        reason = f"the worker process ended with code {worker.exitcode}; run again to continue from its checkpoint"
        outcome = Outcome(job.run, job.label, "failed", reason)
        outcomes.append(outcome)
        ended(outcome)


def worker_context() -> Any:
    """Return how workers start: forked from a process that has imported `IMPORTED_ONCE`, else spawned."""
    settle_kernels()  # the workers inherit the environment
    start_tracker()
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    from multiprocessing import forkserver  # not on Windows

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED_ONCE)
    with same_module_path():
        forkserver.ensure_running()
    return context


@contextmanager
def same_module_path() -> Iterator[None]:
    """Start Python processes inside with this process's module path.

    By default a forkserver has the current folder before it, and imports a bench/ that the user has there.
    """
    path = os.pathsep.join(folder or os.getcwd() for folder in sys.path)
    changed = {"PYTHONPATH": path, "PYTHONSAFEPATH": "1"}
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _work(index: int, job: PackedJob, messages: Any, alive: Any, workers: int) -> None:
    """Complete one job in this process; its progress, what it says and its outcome are sent as messages."""
    as_child()
    last = 0.0

    def report(step: Step) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= INTERVAL or step.done == step.total:
            last = now
            messages.put((index, step))

    ended = job.complete(
        cores=lambda: max(1, workers // max(1, alive.value)),
        report=report,
        say=lambda line: messages.put((index, line)),
    )
    messages.put((index, ended))
    messages.close()
    messages.join_thread()
