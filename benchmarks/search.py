"""Asking a supernet during a search: a generation at once against one by one, and lazily against ranking all."""

import os
import time
from typing import Any

import numpy as np
import torch
import typer

from bench.costs import Costs
from bench.predict.many import BLOCK
from bench.predict.trained import TrainedSupernet
from bench.recipe.preset import find_preset
from bench.recipe.recipe import FilledRecipe, Recipe
from bench.rng import stream
from bench.search.asking import Remembering
from bench.search.loop import search
from bench.search.problem import Problem
from bench.search.searchers.evolution import Evolution
from bench.types import Genes
from benchmarks.predict import untrained
from benchmarks.report import AsJson, Quick, peak_megabytes, report, start

GENERATIONS = (2, 4, 20)
"""Generations of 50 that evolution asks: the last is the paper's search of 1,000."""
BLOCKS = 4
"""Blocks of consecutive canonical cells from which the rate of a whole ranking is taken, spread evenly."""


def main(as_json: AsJson = False, quick: Quick = False) -> None:
    """Print architectures per second of both ways, and the price of laziness."""
    recipe = find_preset("laptop").fill(Recipe())
    trained = untrained_supernet(recipe)
    trained.ask(recipe.space.sample(stream(0, "benchmark"), 4))  # chooses the kernels
    ranking = whole_ranking(trained, 1 if quick else BLOCKS)
    rows = [
        compared(trained, generations, ranking) for generations in (GENERATIONS[:1] if quick else GENERATIONS[::-1])
    ]
    notes = [
        f"preset laptop, {len(trained.held_out)} images, {os.cpu_count()} cores; architectures per second",
        "plain: the last generation of 50 one by one, as it would be without batches; fast: the same at once",
        "difference: between the scores of both ways, of which all bits must agree",
        "search, minutes: the whole search; what was asked before, or computes the same function, is not asked again",
        f"price: seconds per architecture of the search relative to a ranking of all {recipe.space.size:,}, taken from "
        "blocks of consecutive cells: a generation's cells share less",
    ]
    report("search", rows, as_json, notes)
    if any(row["difference"] for row in rows):
        raise typer.Exit(1)


def compared(trained: TrainedSupernet, generations: int, ranking: float) -> dict[str, Any]:
    """Return a row: the last of so many generations asked both ways, and the whole search against a ranking of all."""
    space = trained.recipe.space
    cores = os.cpu_count() or 1
    searcher = Evolution()
    problem = Problem(costs=Costs(space), budget=generations * searcher.population)
    begun = time.perf_counter()
    ask = Remembering(lambda genes: trained.ask(genes, threads=lambda: cores), space)
    asked = search(searcher, problem, ask, 0).asked.genes
    seconds = time.perf_counter() - begun
    last = asked[-searcher.population :]
    begun = time.perf_counter()
    together = trained.ask(last, threads=lambda: cores)
    fast = time.perf_counter() - begun
    begun = time.perf_counter()
    alone = [trained.ask(last[place : place + 1], threads=lambda: cores) for place in range(len(last))]
    plain = time.perf_counter() - begun
    both = np.array([one.negative_cross_entropy[0] for one in alone]) - together.negative_cross_entropy
    return {
        "setting": f"{len(asked):,} asked in {generations} generations",
        "plain": len(last) / plain,
        "fast": len(last) / fast,
        "ratio": plain / fast,
        "difference": float(np.abs(both).max()),
        "search": len(asked) / seconds,
        "search, minutes": seconds / 60,
        "ranking all": ranking,
        "price": seconds / len(asked) * ranking,
        "peak MB": peak_megabytes(),
    }


def untrained_supernet(recipe: FilledRecipe) -> TrainedSupernet:
    """Return a fresh supernet with random images, as many as the recipe holds out."""
    supernet, images = untrained(recipe, recipe.images.held_out)
    torch.set_num_threads(1)
    return TrainedSupernet(recipe, supernet, [supernet.state_dict()], [], images)


def whole_ranking(trained: TrainedSupernet, blocks: int) -> float:
    """Return the architectures of the space per second of a ranking of all; equal functions are computed once."""
    space, cores = trained.recipe.space, os.cpu_count() or 1
    canonical: Genes = np.unique(space.canonical(space.enumerate()), axis=0)
    starts = np.linspace(0, len(canonical) - BLOCK, blocks).astype(int)
    cells = np.concatenate([canonical[begin : begin + BLOCK] for begin in starts])
    begun = time.perf_counter()
    trained.ask(cells, threads=lambda: cores)
    return len(cells) / (time.perf_counter() - begun) * space.size / len(canonical)


if __name__ == "__main__":
    start(main)
