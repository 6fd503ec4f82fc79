"""Supernet updates: shared computations of paths on one batch done once, no dead edges, against a plain loop."""

import multiprocessing
import os
import queue
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from multiprocessing.synchronize import Barrier
from typing import Any, NamedTuple

import torch
import typer
from torch.utils.flop_counter import FlopCounterMode

from bench.optimize.updates import Batch
from bench.recipe.preset import find_preset
from bench.recipe.recipe import FilledRecipe, Recipe
from bench.rng import stream
from bench.sample.images.image_set import ImageSet
from bench.sample.images.images import Images
from bench.sample.paths.strict_fair import StrictFair
from bench.sample.paths.uniform import Uniform
from bench.train.training import Training, set_rate
from bench.types import Genes
from benchmarks.plain import plain_logits
from benchmarks.report import AsJson, Quick, matrix_product_rate, peak_megabytes, report, start


class Size(NamedTuple):
    """The size of a measurement.

    The two ways alternate for `turns` of about `images` each, so that other load slows both; concurrent processes run
    for `seconds`; `larger` are further batch sizes, in multiples of the preset's.
    """

    turns: int = 6
    images: int = 2_560
    seconds: float = 8.0
    larger: tuple[int, ...] = (4, 16)


QUICK = Size(turns=1, images=256, seconds=0.5, larger=())

TOLERANCE = 1e-5
"""Maximum difference of a weight after one update from the same weights, which are below one."""

Drawn = tuple[Genes, list[Batch]]
Way = Callable[[Training, Drawn], object]


def main(as_json: AsJson = False, quick: Quick = False) -> None:
    """Print training images per CPU second of both ways (counted per path), and of two concurrent runs.

    Exits with code 1 if the two ways give different weights.
    """
    size, images = (QUICK, Images(train=1_024, held_out=128)) if quick else (Size(), Images())
    base = find_preset("laptop").fill(Recipe(paths=StrictFair(), images=images))
    batch = base.images.batch
    rows = [
        compared("strict-fair paths", base, size, runs=2),
        compared("uniform paths", replace(base, paths=Uniform()), size),
    ]
    for factor in size.larger:
        larger = replace(base, images=replace(base.images, batch=factor * batch))
        rows.append(compared(f"strict-fair, batch {factor}x", larger, size))
    notes = [
        f"preset laptop, batch {batch}, one thread per process, {os.cpu_count()} cores; images per CPU second",
        "plain: each path separately, with dead edges, channels last, PyTorch's average pool",
        "together: images per second of two processes; slowdown: a run's time with a second one over its time alone",
        "of peak: multiply-adds of the fast way, forward and backward, relative to a matrix product's, one thread",
        "peak MB: of the process so far",
    ]
    report("training", rows, as_json, notes)
    if max(row["difference"] for row in rows) > TOLERANCE:
        raise typer.Exit(1)


def compared(setting: str, recipe: FilledRecipe, size: Size, runs: int = 1) -> dict[str, Any]:
    """Return a row of images per CPU second, plain and fast, and per second of `runs` concurrent processes."""
    torch.set_num_threads(1)
    plain, fast = rates(recipe, (plain_update, fast_update), size)
    row: dict[str, Any] = {"setting": setting, "plain": plain, "fast": fast, "ratio": fast / plain}
    row["of peak %"] = 100 * fast * operations(recipe) / matrix_product_rate(1, time.process_time)
    row["difference"] = difference(recipe)
    if runs > 1:
        (alone,), together = at_once(recipe, 1, size.seconds), at_once(recipe, runs, size.seconds)
        row["together"] = sum(together)
        row["slowdown"] = runs * alone / sum(together)
    row["peak MB"] = peak_megabytes()
    return row


def rates(recipe: FilledRecipe, ways: Sequence[Way], size: Size) -> list[float]:
    """Return the images per CPU second of each way, counted per path; the ways alternate."""
    images = random_images(recipe)
    trainings = [Training(recipe, images, seed=0) for _ in ways]
    updates = [endless(training) for training in trainings]
    trained, seconds = [0] * len(ways), [0.0] * len(ways)
    for turn in range(size.turns + 1):
        for index, (way, training) in enumerate(zip(ways, trainings, strict=True)):
            drawn = [next(updates[index])]
            while sum(len(genes) for genes, _ in drawn) * training.batch_size < size.images:
                drawn.append(next(updates[index]))
            started = time.process_time()
            for update in drawn:
                way(training, update)
            if turn:  # the first turn chooses kernels
                seconds[index] += time.process_time() - started
                trained[index] += training.batch_size * sum(len(genes) for genes, _ in drawn)
    return [count / spent for count, spent in zip(trained, seconds, strict=True)]


def operations(recipe: FilledRecipe, updates: int = 4) -> float:
    """Return the floating-point operations of the fast way per image, counted per path: two per multiply-add."""
    training = Training(recipe, random_images(recipe), seed=0)
    drawn = endless(training)
    fast_update(training, next(drawn))  # else the counter does not see what is compiled or cached at first
    with FlopCounterMode(display=False) as counter:
        passes = training.forward_passes
        for _ in range(updates):
            fast_update(training, next(drawn))
    return counter.get_total_flops() / ((training.forward_passes - passes) * training.batch_size)


def difference(recipe: FilledRecipe) -> float:
    """Return the largest difference of a weight between the two ways, one update after the same start."""
    images = random_images(recipe)
    trainings = [Training(recipe, images, seed=0) for _ in range(2)]
    update = next(endless(trainings[0]))
    trainings[1].supernet.train()
    plain_update(trainings[0], update)
    fast_update(trainings[1], update)
    pairs = zip(*(training.supernet.parameters() for training in trainings), strict=True)
    return max(float((one - other).detach().abs().max()) for one, other in pairs)


def endless(training: Training) -> Iterator[Drawn]:
    """Yield the updates of one epoch after another."""
    training.supernet.train()
    while True:
        yield from training.updates_of_epoch()


def fast_update(training: Training, update: Drawn) -> None:
    """Make one update as a run does."""
    training.make_update(*update)


def plain_update(training: Training, update: Drawn) -> None:
    """Make one update in the simplest form."""
    genes, batches = update
    set_rate(training.optimizer, training.recipe, training.progress)
    sizes, rng = training.recipe.images, training.streams["augmentation"]
    values, labels = training.images.batch(batches[0].images, rng, flip=sizes.flip, auto_augment=sizes.auto_augment)
    for row in genes:
        logits = plain_logits(training.supernet, values, tuple(int(gene) for gene in row))
        (torch.nn.functional.cross_entropy(logits, labels) / len(genes)).backward()
    training.recipe.optimizer.step(training.optimizer)
    training.updates += 1


def at_once(recipe: FilledRecipe, runs: int, seconds: float, device: str = "cpu") -> list[float]:
    """Return the images per second of each of `runs` processes that train concurrently for `seconds`."""
    context = multiprocessing.get_context("spawn")
    ready, found = context.Barrier(runs), context.Queue()
    workers = [context.Process(target=_measure, args=(recipe, seconds, ready, found, device)) for _ in range(runs)]
    for worker in workers:
        worker.start()
    measured: list[float] = []
    try:
        while len(measured) < runs:
            with suppress(queue.Empty):
                measured.append(found.get(timeout=1))
            if failed := [worker.exitcode for worker in workers if worker.exitcode]:
                raise RuntimeError(f"a benchmark process ended with code {failed[0]}")
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()
    return measured


def _measure(recipe: FilledRecipe, seconds: float, ready: Barrier, found: Any, device: str) -> None:
    torch.set_num_threads(1)
    training = Training(recipe, random_images(recipe), 0, device)
    updates = endless(training)
    fast_update(training, next(updates))
    ready.wait()
    passes, started = training.forward_passes, time.perf_counter()
    while (spent := time.perf_counter() - started) < seconds:
        losses = training.make_update(*next(updates))
        if device != "cpu" and not training.updates % 20:
            losses.cpu()  # else updates would be counted that the device has yet to make
    found.put((training.forward_passes - passes) * training.batch_size / spent)


def random_images(recipe: FilledRecipe) -> ImageSet:
    """Return random pixels of CIFAR-10's shape; speed does not depend on the values."""
    rng = stream(0, "benchmark images")
    shape = (32, 32, 3)
    counts = {"train": recipe.images.train + recipe.images.held_out, "test": 10}
    pixels = {f"x_{name}": rng.integers(0, 256, (count, *shape)).astype("uint8") for name, count in counts.items()}
    labels = {f"y_{name}": rng.integers(0, 10, count).astype("uint8") for name, count in counts.items()}
    return ImageSet(name="random", source="random pixels", **pixels, **labels)


if __name__ == "__main__":
    start(main)
