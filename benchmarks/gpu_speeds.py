"""Training images and predicted cells per second on a device, beside the plain loop and the device's own limits."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.nn import functional

from bench.device.kernels import settle_card
from bench.predict.many import BLOCK, predict
from bench.recipe.preset import find_preset
from bench.recipe.recipe import FilledRecipe, Recipe
from bench.rng import stream
from bench.sample.images.image_set import ImageSet
from bench.sample.paths.strict_fair import StrictFair
from bench.sample.paths.uniform import Uniform
from bench.supernets.layers.precision import computing
from bench.train.training import Training
from benchmarks.card import asked_by, copy_rate, kernel_seconds, product_rate, wait_for
from benchmarks.plain import plain_logits
from benchmarks.train import at_once, endless, fast_update, plain_update, random_images


class Size(NamedTuple):
    """How long each measurement takes, and which preset's network is `large` and which `small`."""

    seconds: float = 4.0
    large: str = "full"
    small: str = "paper"
    together: tuple[int, ...] = (4, 16)
    processes: tuple[int, ...] = (1, 2, 4, 8)
    cells: int = BLOCK
    megabytes: int = 2_048
    side: int = 8_192


QUICK = Size(0.2, "smoke", "smoke", (4,), (1, 2), 8, 8, 128)
"""For a test without a GPU."""


def limits(device: str, size: Size) -> dict[str, float]:
    """Return the bytes per second of a copy and the operations per second of matrix products."""
    settle_card()
    return {
        "bytes per second": copy_rate(device, size.megabytes),
        "bf16": product_rate(device, torch.bfloat16, size.side),
        "float32": product_rate(device, torch.float32, size.side),
    }


def training_rows(device: str, size: Size, most: dict[str, float]) -> list[dict[str, Any]]:
    """Return a row per way to train: images per second, counted per path, and shares of what the device can do."""
    large, small = (find_preset(name).fill(Recipe(paths=Uniform())) for name in (size.large, size.small))
    bf16, exact = replace(large, precision="bf16"), replace(large, precision="float32")
    fair = StrictFair()
    rows = [
        _row(f"{size.large}, uniform, bf16", bf16, device, size, most),
        _row(f"{size.large}, uniform, bf16, plain loop", bf16, device, size, most, way=_plainly),
        _row(f"{size.large}, uniform, bf16, channels first", bf16, device, size, most, prepare=_channels_first),
        _row(f"{size.large}, uniform, bf16, fastest kernels", bf16, device, size, most, deterministic=False),
        _row(f"{size.large}, uniform, float32", exact, device, size, most),
        _row(f"{size.large}, uniform, float32, channels first", exact, device, size, most, prepare=_channels_first),
        _row(f"{size.large}, strictly fair, bf16", replace(bf16, paths=fair), device, size, most),
        _row(f"{size.large}, strictly fair, bf16, plain loop", replace(bf16, paths=fair), device, size, most, _plainly),
    ]
    for precision in ("bf16", "float32"):
        recipe = replace(small, precision=precision, paths=fair)
        rows.append(_row(f"{size.small}, strictly fair, {precision}", recipe, device, size, most))
    return rows


def _plainly(training: Training, update: Any) -> None:
    with computing(training.recipe.precision, training.device):
        plain_update(training, update)


def _channels_first(training: Training) -> None:
    training.supernet.to(memory_format=torch.contiguous_format)
    own = training.images.batch

    def batch(*args: Any, **settings: Any) -> Any:
        values, labels = own(*args, **settings)
        return values.contiguous(), labels

    training.images.batch = batch  # type: ignore[method-assign]


@cache
def _images(train: int, held_out: int) -> ImageSet:
    base = find_preset("paper").fill(Recipe())
    return random_images(replace(base, images=replace(base.images, train=train, held_out=held_out)))


def _row(
    name: str,
    recipe: FilledRecipe,
    device: str,
    size: Size,
    most: dict[str, float],
    way: Callable[[Training, Any], object] = fast_update,
    prepare: Callable[[Training], None] = lambda training: None,
    *,
    deterministic: bool = True,
) -> dict[str, Any]:
    settle_card(deterministic=deterministic)
    training = Training(recipe, _images(recipe.images.train, recipe.images.held_out), 0, device)
    prepare(training)
    updates = endless(training)
    seen = [next(updates) for _ in range(5)]
    for update in seen:  # chooses kernels
        way(training, update)
    wait_for(device)
    paths, done, started = 0, 0, time.perf_counter()
    while time.perf_counter() - started < size.seconds:
        update = next(updates)
        way(training, update)
        paths, done = paths + len(update[0]), done + 1
    wait_for(device)
    seconds = time.perf_counter() - started
    asked = asked_by(lambda: [way(training, update) for update in seen])
    kernels = kernel_seconds(lambda: [way(training, update) for update in seen], device)
    per_second = paths / sum(len(genes) for genes, _ in seen) / seconds
    whole = recipe.epochs * recipe.images.train * recipe.paths.per_update(recipe.space)
    return {
        "setting": name,
        "images/s": paths * training.batch_size / seconds,
        "ms per update": 1e3 * seconds / done,
        "bandwidth %": 100 * asked.bytes * per_second / most["bytes per second"],
        f"{recipe.precision} rate %": 100 * asked.operations * per_second / most[recipe.precision],
        "busy %": None if kernels is None else 100 * kernels * per_second,
        "minutes for all epochs": whole / (paths * training.batch_size / seconds) / 60,
        "peak MB": torch.cuda.max_memory_allocated() / 2**20 if device.startswith("cuda") else None,
    }


def prediction_rows(device: str, size: Size) -> list[dict[str, Any]]:
    """Return a row per way to predict: cells per second, of all names, where equal cells count for each name."""
    settle_card()
    return [
        row
        for preset, images in ((size.large, 1_000), (size.small, 5_000))
        for row in _predictions(preset, images, device, size)
    ]


def _predictions(preset: str, images: int, device: str, size: Size) -> Iterator[dict[str, Any]]:
    base = find_preset(preset).fill(Recipe())
    held_out = min(images, 10 * base.images.held_out)
    recipe = replace(base, images=replace(base.images, held_out=held_out, train=512), precision="bf16")
    training, space = Training(recipe, _images(512, held_out), 0, device), recipe.space
    canonical = np.unique(space.canonical(space.enumerate()), axis=0)
    start = len(canonical) // 2
    cells = canonical[start : start + size.cells]
    some = space.sample(stream(0, "benchmark"), max(2, size.cells // 8))
    supernet, batch, names = training.supernet.eval(), recipe.prediction_batch, len(cells) * space.size / len(canonical)

    def row(way: str, work: Callable[[], object], count: float) -> dict[str, Any]:
        work()  # chooses kernels; its numbers come back, so that it ends when the device does
        started = time.perf_counter()
        work()
        rate = count / (time.perf_counter() - started)
        return {
            "setting": f"{preset}, {way}",
            "images": held_out,
            "cells/s": rate,
            "minutes for all": space.size / rate / 60,
        }

    def ours(precision: str, together: int) -> Callable[[], object]:
        return lambda: predict(supernet, cells, training.held_out, batch=batch, precision=precision, together=together)

    for precision in ("bf16", "float32"):
        yield row(f"{precision}, one at a time", ours(precision, 1), names)
    for together in size.together:
        yield row(f"bf16, {together} per call", ours("bf16", together), names)
    yield row("bf16, plain loop", lambda: _plain(training, some), len(some))


@torch.inference_mode()
def _plain(training: Training, genes: np.ndarray) -> list[float]:
    """Predict one cell after another in the simplest form."""
    found, batch, count = [], training.recipe.prediction_batch, len(training.held_out)
    with computing(training.recipe.precision, training.device):
        for row in genes:
            total = 0.0
            for start in range(0, count, batch):
                indices = np.arange(start, min(start + batch, count))
                values, labels = training.held_out.batch(indices, None, flip=False)
                logits = plain_logits(training.supernet, values, tuple(int(gene) for gene in row))
                total += float(functional.cross_entropy(logits.float(), labels, reduction="sum"))
            found.append(total / count)
    return found


def at_once_rows(device: str, size: Size) -> list[dict[str, Any]]:
    """Return a row per number of runs on one device at the same time: images per second of all together."""
    recipe = replace(find_preset(size.large).fill(Recipe(paths=Uniform())), precision="bf16")
    rates = {runs: at_once(recipe, runs, size.seconds, device) for runs in size.processes}
    return [
        {"runs at once": runs, "images/s, all": sum(found), "images/s, each": sum(found) / runs}
        for runs, found in rates.items()
    ]
