"""The bars that show how far searches are."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from bench.processes.progress import Step


def advance(progress: "Progress", task: "TaskID", searches: int, step: "Step") -> None:
    """Show the searches that are done, and the part of the current one."""
    progress.update(task, completed=searches + step.done / step.total)


@contextmanager
def search_progress() -> "Iterator[Progress]":
    """Yield the bars of searches, which vanish at the end."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield progress
