"""One function over many items, in as many processes as this one has cores, which end with it."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from typing import Any, TypeVar

from bench.errors import MachineError
from bench.processes.interrupts import SIGNALS, signals_held_back

FREE = 32
"""Descriptors that must be free where processes are started: with fewer, the server that forks them dies of it."""
Item = TypeVar("Item")
Found = TypeVar("Found")
_work: tuple[Callable[[Any], Any], Sequence[Any]] | None = None


def cores() -> int:
    """Return how many cores this process may use: fewer than the machine has under `taskset`, or in a job of Slurm."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_processes(function: Callable[[Item], Found], items: Sequence[Item]) -> Iterator[Found]:
    """Yield the function's result for every item, in order.

    A forked process shares this one's memory, so the function may be a closure. The processes divide the cores: each
    computes matrix products with its part of the threads. If the platform cannot fork, or there is one core or one
    item, this process does the work. An error of an item is raised when its result is due.
    """
    usable = cores()
    workers = min(usable, len(items))
    if workers < 2 or "fork" not in multiprocessing.get_all_start_methods():
        yield from map(function, items)
        return
    global _work
    _work = (function, items)
    try:
        with processes(workers, "fork", partial(limit_threads, usable // workers)) as pool:
            yield from pool.map(_of_item, range(len(items)))
    finally:
        _work = None


@contextmanager
def processes(workers: int, method: str, prepare: Callable[[], None] | None = None) -> Iterator[ProcessPoolExecutor]:
    """Yield a pool of processes, started by a method of `multiprocessing`, in each of which `prepare` is called first.

    The processes are ended at once if the block raises or this process ends. Raises `MachineError` if one was killed,
    `OSError` (EMFILE) if too few files can be opened to start them.
    """
    start_tracker()
    before = multiprocessing.active_children()
    context = multiprocessing.get_context(method)
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_started, initargs=(prepare,))
    try:
        if method == "fork":
            with signals_held_back():  # a forked process has this one's handlers until `as_child` gives it its own
                pool.submit(int)  # starts all processes
        yield pool
    except BaseException as error:
        pool.shutdown(wait=False, cancel_futures=True)
        mine = [child for child in multiprocessing.active_children() if child not in before]
        for child in mine:
            child.terminate()
        for child in mine:
            child.join()
        if isinstance(error, BrokenProcessPool):
            raise MachineError(
                "a process of this command was killed (out of memory?); run again, with fewer --jobs if there are any"
            ) from error
        raise
    pool.shutdown()


def _open_as_many(count: int) -> None:
    opened: list[int] = []
    try:
        while len(opened) < count:
            opened += os.pipe()  # whose error names no file
    finally:
        for descriptor in opened:
            os.close(descriptor)


def start_tracker() -> None:
    """Start the process in which `multiprocessing` notes what is shared, deaf to SIGUSR1: it would die of it.

    Raises `OSError` (EMFILE) if too few files can be opened to start processes.
    """
    _open_as_many(FREE)
    with signals_held_back():
        resource_tracker.ensure_running()


def as_child() -> None:
    """Make this process, started by `multiprocessing`, end with its parent, and leave Ctrl-C to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)  # held back while this process was forked
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def limit_threads(most: int) -> None:
    """Let NumPy's matrix products in this process use at most so many threads; it is no error if that cannot be."""
    from threadpoolctl import threadpool_limits

    with suppress(OSError):  # the list of loaded libraries is a file
        threadpool_limits(most, user_api="blas")


def _started(prepare: Callable[[], None] | None) -> None:
    as_child()
    if prepare:
        prepare()


def _of_item(place: int) -> Any:
    assert _work is not None, "the process was forked with the work"
    function, items = _work
    return function(items[place])
