"""What the attacks read and write: a tiny table to build, a file of predictions, an archive of images."""

import csv
from pathlib import Path

import numpy as np

from bench.cli import main  # noqa: F401  imported once, for all forks
from bench.device.kernels import settle_kernels
from bench.places import data_folder
from bench.population import Population
from bench.recipe.preset import PRESETS
from bench.recipe.recipe import Recipe
from bench.runs.execute import execute
from bench.runs.store import Run
from bench.spaces.nb201 import NB201
from bench.supernets.nb201 import NB201Net
from bench.tables.catalog import open_table

TABLE = "nb201/digits/test/30ep"
settle_kernels()  # before anything is computed, for all forks


def shrink_protocol() -> None:
    """Let a network of a built table take milliseconds, in this process and its forks."""
    small = {"construct.width": 2, "images.train": 64, "images.batch": 32, "epochs": 1}
    NB201Net.stand_alone = {TABLE: {**NB201Net.stand_alone[TABLE], **small}}


def smoke_run(results: Path) -> Run:
    """Return the run of study baseline at preset smoke with seed 0."""

    return Run(PRESETS["smoke"].fill(Recipe()), "smoke", 0, results)


def train(run: Run, data: Path) -> str:
    """Complete a run on 500 architectures."""
    return execute(run, Population("connected-500", NB201()), data)


def predictions_file(path: Path, seed: int = 0) -> Path:
    """Write a prediction of 300 architectures of the digits' table, which also serves as a table of its own."""
    table = open_table(TABLE, data_folder())
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(table.genes))[:300]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["arch", "score"])
        for row in rows:
            arch = table.space.spell(tuple(table.genes[row].tolist()))
            writer.writerow([arch, round(float(table.mean[row] + rng.normal()), 3)])
    return path


def images_file(path: Path, seed: int = 0) -> Path:
    """Write an archive of random images."""
    rng = np.random.default_rng(seed)
    arrays = {f"x_{split}": rng.integers(0, 256, (200, 16, 16, 3), dtype=np.uint8) for split in ("train", "test")}
    arrays |= {f"y_{split}": np.arange(200) % 10 for split in ("train", "test")}
    np.savez(path, **arrays)
    return path
