"""Ground truth of our own: every architecture trained from scratch, as a supernet with a single path."""

import json
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import torch

from bench.errors import StoreError, unknown_name
from bench.optimize import SGD
from bench.optimize.cosine import Cosine
from bench.recipe import Recipe
from bench.sample.device_images import DeviceImages
from bench.sample.image_files import open_images
from bench.sample.image_set import ImageSet
from bench.sample.images import Images
from bench.sample.uniform import Uniform
from bench.spaces import SPACES
from bench.spaces.nb201 import NB201
from bench.supernets.net import Net
from bench.supernets.norms.tracked import Tracked
from bench.tables.table import Table
from bench.train import Training

PROTOCOLS = {
    "nb201/digits/test/30ep": Recipe(
        space=NB201(),
        net=Net(cells=1, width=4, resolution=8, reduction="pooled"),
        norm=Tracked(affine=True),
        paths=Uniform(),
        images=Images(dataset="digits", train=900, held_out=0, batch=128, shift=0.125, flip=False),
        optimizer=SGD(rate=0.1, nesterov=True, weight_decay=5e-4),
        schedule=Cosine(),
        epochs=30,
        prediction_batch=897,
    ),
}
"""How the networks of a table are trained, by the table's name; the space is fixed to one cell at a time."""


@dataclass(frozen=True)
class Network:
    """One line of the build journal: test accuracy in percent of one architecture trained with one seed."""

    arch: str
    seed: int
    accuracy: float
    seconds: float


def protocol(table: str) -> Recipe:
    """Return the stand-alone recipe of a table that this project builds itself."""
    if table not in PROTOCOLS:
        raise unknown_name("table to build", table, PROTOCOLS, "bench/stand_alone.py says how each is trained")
    return PROTOCOLS[table]


def train_network(recipe: Recipe, arch: str, seed: int, images: ImageSet) -> Network:
    """Train `arch` from scratch and return its accuracy on all test images after the last epoch."""
    started = time.perf_counter()
    alone = replace(recipe, space=replace(recipe.space, fixed=arch))  # type: ignore[type-var]
    training = Training(alone, images, seed)
    training.run()
    test = _test_images(images, training.held_out.side)
    genes = recipe.space.parse(arch)
    network = training.ranking_supernet()
    with torch.inference_mode():
        values, labels = test.batch(np.arange(len(test)), None, flip=False)
        correct = int((network(values, genes).argmax(dim=1) == labels).sum())
    return Network(arch, seed, round(100 * correct / len(test), 4), round(time.perf_counter() - started, 2))


@cache
def _test_images(images: ImageSet, side: int) -> DeviceImages:
    everything = np.arange(len(images.x_test))
    return DeviceImages.of(images, everything, resolution=side, shift=0.0, device="cpu", split="test")


class Journal:
    """Finished networks, one JSON line each; a line torn by a kill is dropped and trained again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.networks: dict[tuple[str, int], Network] = {}
        if path.is_file():
            *whole, torn = path.read_bytes().split(b"\n")
            for number, line in enumerate(whole, 1):
                try:
                    network = Network(**json.loads(line))
                except (ValueError, TypeError) as error:
                    raise StoreError(f"{path}, line {number} is damaged ({error}); delete the line") from error
                self.networks[network.arch, network.seed] = network
            if torn:
                os.truncate(path, path.stat().st_size - len(torn))

    def add(self, network: Network) -> None:
        """Append a network; raises `StoreError` if the disk is full."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a") as file:
                file.write(json.dumps(vars(network)) + "\n")
        except OSError as error:
            raise StoreError(f"cannot write {self.path} ({error.strerror}); free some space and run again") from error
        self.networks[network.arch, network.seed] = network


def build(
    table: str,
    archs: list[str],
    seeds: tuple[int, ...],
    journal: Journal,
    *,
    workers: int,
    data: Path,
    partial: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Table:
    """Train what the journal lacks, seed by seed, and return the table of `archs`; architectures keep their names.

    Dead edges are removed first, so that names of one network share its training. `partial` trains nothing:
    NaN stands for every network that the journal lacks. Raises `StoreError` if an architecture has no seed at all.
    """
    recipe = protocol(table)
    space = SPACES.get(table.split("/")[0])()
    genes = space.parse_all(archs, "architectures to build")
    canonical = [space.spell(tuple(int(g) for g in row)) for row in space.canonical(genes)]
    wanted = [(arch, seed) for seed in seeds for arch in dict.fromkeys(canonical)]
    missing = [network for network in wanted if network not in journal.networks]
    todo = [] if partial else [(table, arch, seed, str(data)) for arch, seed in missing]
    progress(len(wanted) - len(missing), len(wanted))
    for done, network in enumerate(_train_all(todo, workers), len(wanted) - len(missing) + 1):
        journal.add(network)
        progress(done, len(wanted))
    found = {network: journal.networks[network].accuracy for network in wanted if network in journal.networks}
    accuracy = np.array([[found.get((arch, seed), np.nan) for seed in seeds] for arch in canonical])
    if (untrained := np.isnan(accuracy).all(axis=1)).any():
        raise StoreError(
            f"{journal.path} lacks every seed of {untrained.sum()} of {len(archs)} architectures, the first is "
            f"'{archs[int(untrained.argmax())]}'; run the command without --partial"
        )
    order = np.argsort(space.codes(genes))
    assert recipe.images.dataset is not None, "a protocol names its images"
    return Table(
        name=table,
        genes=genes[order],
        accuracy=accuracy[order].astype(np.float32),
        seeds=tuple(map(str, seeds)),
        source=f"trained by supernet-bench: test accuracy after the last of {recipe.epochs} epochs",
        citation="supernet-bench",
        source_sha256=open_images(recipe.images.dataset, data).sha256,
    )


def _train_all(todo: list[tuple[str, str, int, str]], workers: int) -> Iterator[Network]:
    if not todo:
        return
    if workers == 1:
        threads = torch.get_num_threads()
        _one_thread()
        try:
            yield from map(_train_one, todo)
        finally:
            torch.set_num_threads(threads)
        return
    with multiprocessing.get_context("spawn").Pool(workers, _one_thread) as pool:
        yield from pool.imap_unordered(_train_one, todo)


def _one_thread() -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    torch.set_num_threads(1)


def _train_one(job: tuple[str, str, int, str]) -> Network:
    table, arch, seed, data = job
    recipe = protocol(table)
    assert recipe.images.dataset is not None, "a protocol names its images"
    return train_network(recipe, arch, seed, _images(recipe.images.dataset, data))


@cache
def _images(name: str, data: str) -> ImageSet:
    return open_images(name, Path(data))
