"""Predictions in the channel space: consecutive architectures share leading layers, against one at a time."""

import os
import time
from dataclasses import replace
from typing import Any

import numpy as np
import torch
import typer

from bench.predict.many import BLOCK, predict
from bench.recipe.preset import find_preset
from bench.recipe.recipe import FilledRecipe
from bench.rng import stream
from benchmarks.predict import IMAGES, TOLERANCE, untrained
from benchmarks.report import AsJson, Quick, peak_megabytes, report, start
from studies.channel_sharing import CHANNELS

COUNTS = (1_000, 50_000)
"""Numbers of architectures: those of the competition with known accuracies, and its whole list."""
BLOCKS = 8
"""Blocks of consecutive architectures that the fast way predicts, spread evenly over the sorted list."""
PLAIN = 48


def main(as_json: AsJson = False, quick: Quick = False) -> None:
    """Print architectures per second of both ways and their ratio, for lists of 1,000 and 50,000."""
    laptop = find_preset("laptop").fill(CHANNELS)
    rows = [compared(laptop, count, 1 if quick else BLOCKS, PLAIN // 8 if quick else PLAIN) for count in COUNTS]
    if not quick:
        paper = replace(laptop, construct=replace(laptop.construct, resolution=32))
        rows.append(compared(paper, COUNTS[1], 2, PLAIN // 4))
    notes = [
        f"{IMAGES:,} images in batches of {laptop.prediction_batch}, {os.cpu_count()} cores; architectures per second",
        "plain: random architectures one at a time on one thread, times the number of cores",
        f"fast: blocks of {BLOCK} consecutive architectures of the sorted list, one thread per core",
    ]
    report("channel predictions", rows, as_json, notes)
    if max(row["difference"] for row in rows) > TOLERANCE:
        raise typer.Exit(1)


def compared(recipe: FilledRecipe, count: int, blocks: int, plain: int) -> dict[str, Any]:
    """Return a row: architectures per second of both ways, and the largest difference of the cross-entropy."""
    torch.set_num_threads(1)
    supernet, images = untrained(recipe)
    space, batch, cores = recipe.space, recipe.prediction_batch, os.cpu_count() or 1
    every = np.unique(space.sample(stream(0, "benchmark"), count), axis=0)
    starts = np.linspace(0, len(every) - BLOCK, blocks).astype(int)
    chosen = np.concatenate([every[start : start + BLOCK] for start in starts])

    def timed(genes: np.ndarray, threads: int, one_by_one: bool) -> tuple[np.ndarray, float]:
        started = time.perf_counter()
        parts = [genes[row : row + 1] for row in range(len(genes))] if one_by_one else [genes]
        found = [predict(supernet, part, images, batch=batch, threads=threads)[1] for part in parts]
        return np.concatenate(found), len(genes) / (time.perf_counter() - started)

    timed(chosen[:: max(1, len(chosen) // 16)], 1, True)  # chooses the kernels
    some = chosen[np.linspace(0, len(chosen) - 1, plain).astype(int)]
    alone, rate = timed(some, 1, True)
    _, fast = timed(chosen, cores, False)
    together, _ = timed(some, cores, False)
    return {
        "setting": f"{count:,} at {recipe.construct.resolution}x{recipe.construct.resolution}",
        "plain": rate * cores,
        "fast": fast,
        "ratio": fast / (rate * cores),
        "difference": float(np.abs(together - alone).max()),
        "minutes for all": count / fast / 60,
        "peak MB": peak_megabytes(),
    }


if __name__ == "__main__":
    start(main)
