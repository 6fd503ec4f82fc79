"""The training logs of finished runs, each read once; one that is damaged costs its own run and no other."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from bench.errors import StoreError
from bench.runs.plan import PlannedRow
from bench.runs.store import Run

Found = TypeVar("Found")
Refuse = Callable[[StoreError], object]


def fail(error: StoreError) -> None:
    """Raise the error."""
    raise error


def each_log(
    rows: Sequence[PlannedRow], read: Callable[[Run], Found], refuse: Refuse
) -> Iterator[tuple[PlannedRow, Run, Found]]:
    """Yield every finished run of the rows with what `read` finds in its log.

    `refuse` is called with the error of a log that cannot be read, and that run is left out.
    """
    for planned in rows:
        for run in planned.having("done"):
            try:
                found = read(run)
            except StoreError as error:
                refuse(error)
                continue
            yield planned, run, found
