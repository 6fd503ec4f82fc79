"""One function over many items, in as many processes as there are cores."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

Item = TypeVar("Item")
Found = TypeVar("Found")
_work: tuple[Callable[[Any], Any], Sequence[Any]] | None = None


def in_processes(function: Callable[[Item], Found], items: Sequence[Item]) -> Iterator[Found]:
    """Yield the function's result for every item, in order.

    A forked process shares this one's memory, so the function may be a closure. If the platform cannot fork, or there
    is one core or one item, this process does the work. An error of an item is raised when its result is due.
    """
    workers = min(os.cpu_count() or 1, len(items))
    if workers < 2 or "fork" not in multiprocessing.get_all_start_methods():
        yield from map(function, items)
        return
    global _work
    _work = (function, items)
    try:
        with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("fork")) as pool:
            yield from pool.map(_of_item, range(len(items)))
    finally:
        _work = None


def _of_item(place: int) -> Any:
    assert _work is not None, "the process was forked with the work"
    function, items = _work
    return function(items[place])
