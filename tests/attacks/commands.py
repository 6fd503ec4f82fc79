"""Every command that writes, as words, with a small server for the one that downloads."""

import hashlib
import os
import signal
from collections.abc import Iterator
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


@contextmanager
def commands(work: Path, out: Path) -> Iterator[dict[str, Words]]:
    """Yield the words of each command; what they read lies in `work`, all that they write in `out`."""
    shrink_protocol()
    stored, predictions = work / "results", predictions_file(work / "mine.csv")
    (work / "cells.txt").write_text("\n".join(line.split(",")[0] for line in predictions.read_text().splitlines()[1:]))
    accuracies = work / "accuracies.csv"
    accuracies.write_text(predictions.read_text().replace("score", "accuracy", 1))
    train(smoke_run(stored), work)
    smoke, table = ("--preset", "smoke"), ("--table", TABLE, "--resamples", "2")
    with _served(work):
        yield {
            "run": ("run", "baseline", *smoke, "--seeds", "0", "--jobs", "1", "--results", out),
            "data add, a table": ("data", "add", accuracies, "--name", "nb201/mine/test/1ep", "--data", out),
            "data add, images": ("data", "add", images_file(work / "images.npz"), "--data", out),
            "data fetch": ("data", "fetch", "here", "--data", out),
            "score --store": ("score", predictions, *table, "--store", "mine", "--results", out),
            "plot": ("plot", "baseline", *smoke, "--seeds", "0", "--results", stored, "--out", out),
            "report": ("report", "--study", "baseline", *smoke, "--results", stored, "--out", out / "page.html"),
            "table build": (
                *("table", "build", TABLE, "--population", "random-50", "--seeds", "0", "--jobs", "1"),
                *("--data", out, "--out", out / "built.h5"),
            ),
            "predict": (
                *("predict", "baseline", *smoke, "--archs", work / "cells.txt", "--results", stored),
                *("--out", out / "out.json"),
            ),
        }


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
