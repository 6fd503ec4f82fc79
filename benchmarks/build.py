"""Stand-alone networks per second: one after another, and many at a time. `python -m benchmarks.build [--json]`."""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch

from bench.sample.image_set import digits
from bench.spaces.nb201 import NB201
from bench.stand_alone.build import TOGETHER, neighbours
from bench.stand_alone.journal import Network
from bench.stand_alone.one_by_one import train_network
from bench.stand_alone.protocols import protocol
from bench.stand_alone.together import train_together
from benchmarks.report import peak_megabytes, report

TABLE = "nb201/digits/test/30ep"
EPOCHS = 10
"""Of the table's 30: what is done once per network weighs three times more here, so the ratio is a lower bound."""
NETWORKS = 24
GROWTH = (1, 4, 16)


def main(argv: Sequence[str] = ()) -> None:
    """Train the same cells both ways, then more and more of them many at a time."""
    torch.set_num_threads(1)
    space, images = NB201(), digits()
    recipe = replace(protocol(TABLE), epochs=EPOCHS)
    genes = space.enumerate()
    cells = genes[(space.canonical(genes) == genes).all(axis=1)]
    drawn = cells[np.random.default_rng(0).permutation(len(cells))]
    archs = [space.spell(tuple(int(gene) for gene in cell)) for cell in drawn[: NETWORKS * GROWTH[-1]]]

    def plainly(chunk: list[str]) -> list[Network]:
        return [train_network(recipe, arch, 0, images) for arch in chunk]

    def together(chunk: list[str]) -> list[Network]:
        return train_together(recipe, chunk, 0, images)

    def seconds(trainer: Callable[[list[str]], list[Network]], count: int) -> tuple[float, float]:
        """Return the CPU seconds per network of the first `count` cells, and their mean accuracy."""
        started = time.process_time()
        networks = [network for chunk in neighbours(archs[:count], space, TOGETHER) for network in trainer(chunk)]
        return (time.process_time() - started) / count, float(np.mean([network.accuracy for network in networks]))

    plainly(archs[:1])  # what PyTorch sets up once is nobody's cost
    plain, plain_accuracy = seconds(plainly, NETWORKS)
    rows: list[dict[str, float]] = []
    for times in GROWTH:
        fast, accuracy = seconds(together, times * NETWORKS)
        rows.append({"networks": times * NETWORKS, "fast": fast, "accuracy": accuracy, "peak MB": peak_megabytes()})
    headline = {"plain": plain, "fast": rows[0]["fast"], "ratio": plain / rows[0]["fast"]}
    notes = [
        f"{TABLE}, {EPOCHS} of its epochs, one thread; plain and fast are CPU seconds per network",
        f"the builder trains up to {TOGETHER} networks at once; cost per network at 16x: {rows[-1]['fast']:.3g} s,",
        f"{plain / rows[-1]['fast']:.2f} times faster than plain",
        f"mean accuracy of the first {NETWORKS}: plain {plain_accuracy:.2f} %, fast {rows[0]['accuracy']:.2f} %",
    ]
    report("build", [headline | rows[0], *rows[1:]], "--json" in argv, notes)


if __name__ == "__main__":
    main(sys.argv[1:])
