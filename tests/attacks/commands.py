"""Every command that writes, as words, with a small server for the one that downloads."""

import hashlib
import os
import random
import shutil
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bench.tables import fetch
from tests.attacks.command import ended, fork
from tests.attacks.places import TABLE, images_file, predictions_file, shrink_protocol, smoke_run, train

Words = tuple[str | Path, ...]

PUBLISHED = '{"00000000": {"test_acc": [40, 41, 42], "params": 1, "flops": 2}}' + 200_000 * " "
"""A file to fetch, longer than the little that is left of a disk."""


WRITE_NOTHING = ("list", "show", "check", "plan", "compare", "cancel", "data list", "data remove")
"""Commands that write no file of the user's: `check` writes elsewhere, `data remove` and `cancel` only remove."""


def writing(work: Path, out: Path) -> dict[str, Words]:
    """Return the words of each command that writes; what they read lies in `work`, all that they write in `out`."""
    smoke, stored = ("--preset", "smoke"), ("--results", work / "results")
    row, table = (*smoke, "--seeds", "0"), ("--table", TABLE, "--resamples", "2")
    few = ("--population", "random-50", "--seeds", "0", "--jobs", "1", "--data", out)
    known = ("--within", "connected-500", "--model", "ridge", "--counts", "20", "--draws", "2")
    one = ("--by", "random", "--budget", "50", "--search-seeds", "0")
    return {
        "run": ("run", "baseline", *row, "--jobs", "1", "--results", out),
        "data add, a table": ("data", "add", work / "accuracies.csv", "--name", "nb201/mine/test/1ep", "--data", out),
        "data add, costs": ("data", "add", work / "latencies.csv", "--costs", "nb201", "--data", out),
        "data add, images": ("data", "add", work / "images.npz", "--data", out),
        "data fetch": ("data", "fetch", "here", "--data", out),
        "score --store": ("score", work / "mine.csv", *table, "--store", "mine", "--results", out),
        "plot": ("plot", "baseline", *row, *stored, "--out", out),
        "bias": ("bias", "baseline", *row, *stored, "--out", out / "bias.png"),
        "few-truths": ("few-truths", "baseline", *row, *known, *stored, "--out", out),
        "leaderboard": ("leaderboard", "--study", "baseline", *smoke, *stored, "--out", out / "leaderboard.md"),
        "confirm": ("confirm", "baseline", *row, *stored, "--out", out / "confirmed.md"),
        "report": ("report", "--study", "baseline", "--study", "masking", *smoke, *stored, "--out", out / "page.html"),
        "claims": ("claims", *smoke, "--paper", "Single path", *stored, "--out", out / "claims.md"),
        "search": ("search", "baseline", *row, *one, "--results", work / "searched", "--data", work),
        "table build": ("table", "build", TABLE, *few, "--out", out / "built.h5"),
        "predict": ("predict", "baseline", *smoke, "--archs", work / "cells.txt", *stored, "--out", out / "out.json"),
    }


@contextmanager
def commands(work: Path, out: Path) -> Iterator[dict[str, Words]]:
    """Yield the words of each command that writes, once what they read is there."""
    shrink_protocol()
    predictions = predictions_file(work / "mine.csv")
    (work / "cells.txt").write_text("\n".join(line.split(",")[0] for line in predictions.read_text().splitlines()[1:]))
    for name, column in (("accuracies", "accuracy"), ("latencies", "latency")):
        (work / f"{name}.csv").write_text(predictions.read_text().replace("score", column, 1))
    images_file(work / "images.npz")
    run = smoke_run(work / "results")
    train(run, work)
    shutil.copytree(run.results, work / "searched")
    (smoke_run(work / "searched").folder / "search").symlink_to(out)
    with _served(work):
        yield writing(work, out)


def attacked(
    found: Mapping[str, Words], names: Sequence[str] | None, most: int | None, rng: random.Random
) -> dict[str, Words]:
    """Return the commands with `names` (None: all), at most so many of them, drawn at random."""
    of = [name for name in found if names is None or name in names]
    drawn = of if most is None else rng.sample(of, min(most, len(of)))
    return {name: found[name] for name in drawn}


@contextmanager
def _served(work: Path) -> Iterator[None]:
    """Serve a published file of one accuracy, as the source `here` of `data fetch` in this process and its forks."""
    content = PUBLISHED.encode()
    (work / "m.json").write_bytes(content)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(work)))
    pid = fork(server.serve_forever, work / "served")
    server.server_close()
    sources = work / "sources.toml"
    sources.write_text(
        f'[here]\nurl = "http://127.0.0.1:{server.server_port}/m.json"\npage = "http://example.org"\nfile = "m.json"\n'
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"\nsize = {len(content)}\nlicence = "MIT"\ncitation = "x"\n'
        'tables = ["macro/cifar10/test/50ep"]\n'
    )
    before = fetch.fetch
    fetch.fetch = partial(before, sources=sources)
    try:
        yield
    finally:
        fetch.fetch = before
        os.kill(pid, signal.SIGKILL)
        ended([pid])
