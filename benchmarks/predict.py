"""Predictions in NAS-Bench-201: shared computations done once, on all cores, against one architecture at a time."""

import os
import time
from dataclasses import replace
from typing import Any

import numpy as np
import torch
import typer
from torch import Tensor
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from bench.predict.many import BLOCK, predict
from bench.recipe.preset import find_preset
from bench.recipe.recipe import FilledRecipe, Recipe
from bench.rng import stream
from bench.sample.images.device_images import DeviceImages
from bench.supernets import build_supernet
from bench.supernets.layers.supernet import Supernet
from bench.supernets.nb201 import NB201Net
from bench.types import Genes, PerArch
from benchmarks.plain import plain_logits
from benchmarks.report import AsJson, Quick, matrix_product_rate, peak_megabytes, report, start

IMAGES = 1_000
PLAIN = 24
"""Architectures that the plain way predicts, drawn from all 15,625."""
BLOCKS = (1, 4, 16)
"""Blocks of consecutive canonical cells that the fast way predicts, spread evenly over the space."""
TOLERANCE = 1e-4


def main(as_json: AsJson = False, quick: Quick = False) -> None:
    """Print architectures per second of both ways (of all 15,625, with dead edges) and their ratio."""
    laptop = find_preset("laptop").fill(Recipe())
    assert isinstance(laptop.construct, NB201Net)
    large = replace(laptop, construct=replace(laptop.construct, width=16, resolution=32))
    peak = matrix_product_rate(os.cpu_count() or 1)
    rows = [compared("laptop", laptop, 1, peak, plain=4)]
    if not quick:  # the first row chose the kernels
        growing = [compared(f"laptop, {blocks} of 16 blocks", laptop, blocks, peak, plain=0) for blocks in BLOCKS[:-1]]
        rows = [compared("laptop", laptop, BLOCKS[-1], peak), *growing]
        rows.append(compared("width 16, 32x32", large, BLOCKS[1], peak, plain=PLAIN // 4))
    notes = [
        f"{IMAGES:,} images in batches of {laptop.prediction_batch}, {os.cpu_count()} cores; architectures per second",
        "plain: one architecture at a time, channels last, on one thread or PyTorch's threads on all cores, the faster",
        f"fast: {BLOCK} consecutive cells per block, as in a whole ranking, one thread per core; a canonical cell "
        "counts for all architectures of its class",
        f"of peak: multiply-adds of the fast way, relative to a matrix product's {peak / 1e9:.0f} GFLOP/s on all cores",
        f"peak MB: of the process so far; rows were measured from {BLOCKS[0]} block to {BLOCKS[-1]}",
    ]
    report("predictions", rows, as_json, notes)
    if rows[0]["difference"] > TOLERANCE:
        raise typer.Exit(1)


def compared(setting: str, recipe: FilledRecipe, blocks: int, peak: float, plain: int = PLAIN) -> dict[str, Any]:
    """Return a row: architectures per second of both ways, and the largest difference of the cross-entropy."""
    supernet, images = untrained(recipe)
    space, batch, cores = recipe.space, recipe.prediction_batch, os.cpu_count() or 1
    canonical = np.unique(space.canonical(space.enumerate()), axis=0)
    starts = np.linspace(0, len(canonical) - BLOCK, blocks).astype(int)
    cells = np.concatenate([canonical[start : start + BLOCK] for start in starts])

    def predicted(genes: Genes, threads: int = 1) -> PerArch:
        torch.set_num_threads(1)
        return predict(supernet, genes, images, batch=batch, threads=threads)[1]

    started = time.perf_counter()
    predicted(cells, cores)
    seconds = time.perf_counter() - started
    rate = len(cells) / seconds * space.size / len(canonical)
    row: dict[str, Any] = dict.fromkeys(("setting", "plain, one thread", "plain", "fast", "ratio", "difference"))
    row |= {"setting": setting, "fast": rate}
    if plain:
        some = space.sample(stream(0, "benchmark"), plain)
        slow, row["plain, one thread"], threaded = plain_predictions(supernet, some, images, batch)
        row["plain"] = max(row["plain, one thread"], threaded)
        row["ratio"] = rate / row["plain"]
        row["difference"] = float(np.abs(predicted(some) - slow).max())
    row["minutes for all"] = space.size / rate / 60
    row["of peak %"] = 100 * operations(supernet, cells, images, batch) / seconds / peak
    row["peak MB"] = peak_megabytes()
    return row


def untrained(recipe: FilledRecipe, count: int = IMAGES) -> tuple[Supernet, DeviceImages]:
    """Return a fresh supernet of the recipe and random images; speed depends on neither weights nor pixels."""
    side = recipe.construct.resolution
    supernet = build_supernet(recipe.construct, recipe.space, recipe.norm, channels=3, classes=10, seed=0).eval()
    pixels = stream(0, "benchmark images").integers(0, 256, (count, side, side, 3)).astype(np.uint8)
    labels = torch.from_numpy(np.arange(count) % 10)
    return supernet, DeviceImages(torch.from_numpy(pixels), labels, torch.full((3,), 0.5), torch.full((3,), 0.25), 0)


def plain_predictions(
    supernet: Supernet, genes: Genes, images: DeviceImages, batch: int
) -> tuple[np.ndarray, float, float]:
    """Return the negative cross-entropies, [arch], and architectures per second on one thread and on all cores.

    The same architectures both times, one at a time.
    """
    found, rates = np.zeros(len(genes)), []
    for threads in (1, os.cpu_count() or 1):
        torch.set_num_threads(threads)
        started = time.perf_counter()
        with torch.inference_mode():
            for place, row in enumerate(genes):
                arch, total = tuple(int(gene) for gene in row), 0.0
                for values, labels in batches(images, batch):
                    total += float(
                        functional.cross_entropy(plain_logits(supernet, values, arch), labels, reduction="sum")
                    )
                found[place] = -total / len(images)
        rates.append(len(genes) / (time.perf_counter() - started))
    return found, rates[0], rates[1]


def batches(images: DeviceImages, batch: int) -> list[tuple[Tensor, Tensor]]:
    """Return all images as normalized batches."""
    starts = range(0, len(images), batch)
    return [images.batch(np.arange(start, min(start + batch, len(images))), None, flip=False) for start in starts]


def operations(supernet: Supernet, genes: Genes, images: DeviceImages, batch: int) -> float:
    """Return the floating-point operations of the fast way: two per multiply-add, convolutions and classifier."""
    parts = batches(images, batch)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        logits = supernet.on_images(parts[0][0])
        for row in genes:
            logits(tuple(int(gene) for gene in row))
    return counter.get_total_flops() * len(images) / len(parts[0][0])


if __name__ == "__main__":
    start(main)
