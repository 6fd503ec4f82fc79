"""Seconds to train a stand-alone network, one at a time and many at a time."""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
import typer

from bench.sample.images.image_set import digits
from bench.spaces.nb201 import NB201
from bench.stand_alone.build import TOGETHER, neighbours
from bench.stand_alone.journal import Network
from bench.stand_alone.one_by_one import train_network
from bench.stand_alone.protocols import protocol
from bench.stand_alone.together import train_together
from benchmarks.report import AsJson, Quick, peak_megabytes, report, start

TABLE = "nb201/digits/test/30ep"
EPOCHS = 10
"""Instead of the table's 30; work done once per network weighs three times more, so the ratio is a lower bound."""
NETWORKS = 24
GROWTH = (1, 4, 16)
TOLERANCE = 3.0
"""Maximum difference of the mean accuracies, in percent; the two implementations round differently."""


def main(as_json: AsJson = False, quick: Quick = False) -> None:
    """Train the same cells with both implementations, then growing numbers of cells many at a time.

    Exits with code 1 if the two give different accuracies.
    """
    torch.set_num_threads(1)
    space, images = NB201(), digits()
    epochs, count, growth = (1, 4, (1, 2)) if quick else (EPOCHS, NETWORKS, GROWTH)
    recipe = replace(protocol(TABLE), epochs=epochs)
    genes = space.enumerate()
    cells = genes[(space.canonical(genes) == genes).all(axis=1)]
    drawn = cells[np.random.default_rng(0).permutation(len(cells))]
    archs = space.spell_all(drawn[: count * growth[-1]])

    def plainly(chunk: list[str]) -> list[Network]:
        return [train_network(recipe, arch, 0, images) for arch in chunk]

    def together(chunk: list[str]) -> list[Network]:
        return train_together(recipe, chunk, 0, images)

    def seconds(trainer: Callable[[list[str]], list[Network]], cells: int) -> tuple[float, float]:
        """Return the CPU seconds per network of the first `cells`, and their mean accuracy."""
        started = time.process_time()
        networks = [network for chunk in neighbours(archs[:cells], space, TOGETHER) for network in trainer(chunk)]
        return (time.process_time() - started) / cells, float(np.mean([network.accuracy for network in networks]))

    plainly(archs[:1])  # exclude PyTorch's one-time setup
    plain, plain_accuracy = seconds(plainly, count)
    rows: list[dict[str, float]] = []
    for times in growth:
        fast, accuracy = seconds(together, times * count)
        rows.append({"networks": times * count, "fast": fast, "accuracy": accuracy, "peak MB": peak_megabytes()})
    headline = {"plain": plain, "fast": rows[0]["fast"], "ratio": plain / rows[0]["fast"]}
    notes = [
        f"{TABLE}, {epochs} of its epochs, one thread; plain and fast are CPU seconds per network",
        f"the builder trains up to {TOGETHER} networks at once; cost per network at {growth[-1]}x: "
        f"{rows[-1]['fast']:.3g} s, {plain / rows[-1]['fast']:.2f} times faster than plain",
        f"mean accuracy of the first {count}: plain {plain_accuracy:.2f} %, fast {rows[0]['accuracy']:.2f} %",
    ]
    report("build", [headline | rows[0], *rows[1:]], as_json, notes)
    if abs(plain_accuracy - rows[0]["accuracy"]) > TOLERANCE:
        raise typer.Exit(1)


if __name__ == "__main__":
    start(main)
