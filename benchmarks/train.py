"""Supernet updates: what paths on one batch share computed once, dead edges left out, against a plain loop."""

import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.synchronize import Barrier
from typing import Annotated, Any

import torch
import typer

from bench.recipe import Recipe, find_preset
from bench.rng import stream
from bench.sample.image_set import ImageSet
from bench.sample.strict_fair import StrictFair
from bench.sample.uniform import Uniform
from bench.train import Training
from benchmarks.plain import plain_logits
from benchmarks.report import peak_megabytes, report

SECONDS = 6.0
"""How long each way runs, after a few updates that choose kernels."""
WARM_UP = 3


def main(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Print training images per second both ways (every path counts its images), ratio, and two runs at once."""
    base = find_preset("laptop").fill(Recipe(paths=StrictFair()))
    batch = base.images.batch
    assert batch is not None, "the preset fills in the batch"
    rows = [compared("strict-fair paths", base, runs=2), compared("uniform paths", replace(base, paths=Uniform()))]
    for factor in (4, 16):
        larger = replace(base, images=replace(base.images, batch=factor * batch))
        rows.append(compared(f"strict-fair, batch {factor}x", larger))
    notes = [
        f"preset laptop, batch {batch}, one thread per process, {os.cpu_count()} cores; images per second",
        "plain: each path on its own, dead edges computed, channels last, PyTorch's average pool",
        "slowdown: time of a run beside a second one over its time alone",
        "peak MB: of the process so far",
    ]
    report("training", rows, as_json, notes)


def compared(setting: str, recipe: Recipe, runs: int = 1) -> dict[str, Any]:
    """Return a row of images per second: plain, fast, and `runs` processes at a time where there are several."""
    torch.set_num_threads(1)
    row: dict[str, Any] = {
        "setting": setting,
        "plain": rate(recipe, plain_update),
        "fast": rate(recipe, Training._update),
    }
    row["ratio"] = row["fast"] / row["plain"]
    if runs > 1:
        row["runs at once"] = runs
        row["together"] = sum(at_once(recipe, runs))
        row["slowdown"] = runs * row["fast"] / row["together"]
    row["peak MB"] = peak_megabytes()
    return row


def rate(recipe: Recipe, update: Callable[..., Any], ready: Barrier | None = None) -> float:
    """Return the images per second of an update, the images of every path counted."""
    training = Training(recipe, random_images(recipe), seed=0)
    training.supernet.train()
    updates = endless(training)
    for _ in range(WARM_UP):
        update(training, next(updates))
    if ready is not None:
        ready.wait()
    paths, started = 0, time.perf_counter()
    while time.perf_counter() - started < SECONDS:
        drawn = next(updates)
        update(training, drawn)
        paths += len(drawn)
    return paths * training.batch_size / (time.perf_counter() - started)


def endless(training: Training) -> Any:
    """Yield the updates of one epoch after another."""
    while True:
        yield from training._updates()


def plain_update(training: Training, update: list[Any]) -> None:
    """Train one update as one would write it first."""
    values, labels = training._batch(update[0][1])
    for arch, _ in update:
        loss = torch.nn.functional.cross_entropy(plain_logits(training.supernet, values, arch), labels)
        (loss / len(update)).backward()
    training.optimizer.step()
    training.optimizer.zero_grad()


def at_once(recipe: Recipe, runs: int) -> list[float]:
    """Return the images per second of each of several processes that train at the same time."""
    context = multiprocessing.get_context("spawn")
    ready, found = context.Barrier(runs), context.Queue()
    workers = [context.Process(target=_measure, args=(recipe, ready, found)) for _ in range(runs)]
    for worker in workers:
        worker.start()
    rates = [found.get() for _ in workers]
    for worker in workers:
        worker.join()
    return rates


def _measure(recipe: Recipe, ready: Barrier, found: Any) -> None:
    torch.set_num_threads(1)
    found.put(rate(recipe, Training._update, ready))


def random_images(recipe: Recipe) -> ImageSet:
    """Return random pixels in the place of CIFAR-10: speed does not depend on them."""
    rng = stream(0, "benchmark images")
    shape = (32, 32, 3)
    counts = {"train": recipe.images.train + recipe.images.held_out, "test": 10}
    pixels = {f"x_{name}": rng.integers(0, 256, (count, *shape), dtype="uint8") for name, count in counts.items()}
    labels = {f"y_{name}": rng.integers(0, 10, count) for name, count in counts.items()}
    return ImageSet(name="random", source="random pixels", **pixels, **labels)


if __name__ == "__main__":
    typer.run(main)
