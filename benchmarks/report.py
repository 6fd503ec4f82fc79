"""Output of the benchmarks: a small table, or one JSON object."""

import json
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import typer

from bench.device.kernels import settle_kernels

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Quick = Annotated[bool, typer.Option("--quick", help="Run for seconds instead of minutes, with rough timings.")]


def start(main: Callable[..., None]) -> None:
    """Run a benchmark's command, with the same kernels as runs."""
    settle_kernels()
    typer.run(main)


def report(title: str, rows: Sequence[Mapping[str, Any]], as_json: bool, notes: Sequence[str] = ()) -> None:
    """Print the rows, the headline first; in JSON its entries are at the top level, and all rows under "rows"."""
    if as_json:
        print(json.dumps({"benchmark": title, **rows[0], "rows": rows, "notes": notes}))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    columns = list(dict.fromkeys(name for row in rows for name in row))
    for name in columns:
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(*(_shown(row.get(name)) for name in columns))
    console = Console(markup=False, highlight=False)
    console.width = max(console.width, 120)
    console.print(table)
    for note in notes:
        console.print(note)


def matrix_product_rate(threads: int, clock: Callable[[], float] = time.perf_counter, side: int = 2048) -> float:
    """Return the floating-point operations per second of a large float32 matrix product."""
    import torch

    torch.set_num_threads(threads)
    left, right = torch.rand(side, side), torch.rand(side, side)
    left @ right
    started = clock()
    for _ in range(4):
        left @ right
    return 4 * 2 * side**3 / (clock() - started)


def peak_megabytes() -> int:
    """Return the peak memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return "-"
    return f"{value:,.3g}" if isinstance(value, float) and value < 100 else f"{value:,.0f}"
