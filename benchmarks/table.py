"""Opening a truth and looking up every cell: the HDF5 table, against the `nats-bench` package with its files."""

import sys
import tempfile
import time
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import typer

from bench.places import PROJECT
from bench.tables.add import add
from bench.tables.catalog import table_path
from bench.tables.store import read_table
from benchmarks.report import AsJson, peak_megabytes, report, start

PUBLISHED = PROJECT.parent / "shared" / "data"
NEEDED = ("nats_bench.csv", "nats-tss-sample/meta.pickle.pbz2")
NAME = "nb201/cifar10/test/200ep"
CELLS = 15_625
REPEATS = 5
ROUNDED = 1e-5
"""Maximum difference in percent, as both sources round to single precision."""


def main(as_json: AsJson = False) -> None:
    """Print seconds of both ways, their ratio, the largest difference and the growth with the architectures."""
    if absent := [name for name in NEEDED if not (PUBLISHED / name).is_file()]:
        print(f"error: {', '.join(absent)} not in {PUBLISHED}; put the published files there", file=sys.stderr)
        raise typer.Exit(2)
    with tempfile.TemporaryDirectory() as folder:
        add([PUBLISHED / "nats_bench.csv"], Path(folder))
        path = table_path(NAME, Path(folder))
        table = read_table(path)
        cells = table.space.spell_all(table.genes)
        rows = [{"archs": CELLS // part, "fast": opened(path, cells[: CELLS // part])} for part in (1, 16, 4)]
        peak = traced(lambda: looked_up(path, cells))
        official = official_way(path)
    plain = official["create"] + official["entry"] * CELLS
    headline = {"archs": CELLS, "plain": plain, "fast": rows[0]["fast"], "ratio": plain / rows[0]["fast"]}
    memory = {"plain_mb": official["mb"] * CELLS, "fast_mb": peak, "difference": official["difference"]}
    notes = [
        f"fast: open the HDF5 table, read {CELLS:,} strings, look up their mean accuracy; median of {REPEATS}",
        f"plain: nats_bench.create, then one query per cell: the first of each of {official['entries']:.0f} sample "
        f"entries timed ({1e3 * official['entry']:.0f} ms, {official['mb']:.1f} MB kept), scaled to {CELLS:,}",
        f"MB: kept by Python for the tables; this process peaked at {peak_megabytes()} MB",
        "difference: the largest between the two answers for the sample entries, in percent of accuracy",
    ]
    report("tables", [headline | memory, *rows[1:]], as_json, notes)
    if official["difference"] > ROUNDED:
        raise typer.Exit(1)


def looked_up(path: Path, cells: list[str]) -> np.ndarray:
    """Open the table and return the mean accuracies of the cells, in percent."""
    table = read_table(path)
    rows, found = table.rows(table.space.parse_all(cells, "the benchmark"))
    assert found.all()
    return table.mean[rows]


def opened(path: Path, cells: list[str]) -> float:
    """Return the median seconds of opening the table and looking up the cells."""
    seconds = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        looked_up(path, cells)
        seconds.append(time.perf_counter() - begun)
    return float(np.median(seconds))


def official_way(path: Path) -> dict[str, float]:
    """Return seconds to create the official API and to first query an entry, MB per entry, and the difference."""
    import nats_bench

    folder = PUBLISHED / "nats-tss-sample"
    numbers = sorted(int(entry.name.partition(".")[0]) for entry in folder.glob("[0-9]*.pickle.pbz2"))

    def touched() -> list[float]:
        return [
            api.get_more_info(api.query_index_by_arch(api.arch(number)), "cifar10", hp="200", is_random=False)[
                "test-accuracy"
            ]
            for number in numbers
        ]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the entries use numpy.core, the old name
        nats_bench.create(str(folder), "tss", fast_mode=True, verbose=False).query_index_by_arch("")  # imports
        begun = time.perf_counter()
        api = nats_bench.create(str(folder), "tss", fast_mode=True, verbose=False)
        create = time.perf_counter() - begun
        begun = time.perf_counter()
        answers = touched()
        entry = (time.perf_counter() - begun) / len(numbers)
        api = nats_bench.create(str(folder), "tss", fast_mode=True, verbose=False)
        kept = traced(touched) / len(numbers)
        ours = looked_up(path, [api.arch(number) for number in numbers])
    return {
        "create": create,
        "entry": entry,
        "entries": len(numbers),
        "mb": kept,
        "difference": float(np.abs(ours - answers).max()),
    }


def traced(work: Callable[[], object]) -> float:
    """Return the peak MB that Python allocated while `work` ran."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()


if __name__ == "__main__":
    start(main)
