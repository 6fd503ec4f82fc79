"""Train the networks that a journal lacks, in chunks, and return the table."""

import os
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import as_completed
from functools import cache
from functools import partial as prepared
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from bench.errors import StoreError
from bench.processes.parallel import processes
from bench.registry import load_entry_points, load_plugin, plugin_paths
from bench.sample.images.image_files import open_images
from bench.sample.images.image_set import ImageSet
from bench.spaces import SPACES, Space
from bench.stand_alone.journal import Journal, Network
from bench.stand_alone.one_by_one import train_network
from bench.stand_alone.protocols import protocol
from bench.stand_alone.together import train_together, trains_together
from bench.tables.table import Table
from bench.truth import Truth

TOGETHER = 64
"""Networks per chunk: each costs a third less than in chunks of 16, and a kill loses half a minute of work."""


Name = tuple[str, int]
"""A network: its canonical architecture and its training seed."""


class Chunk(NamedTuple):
    """Architectures that one process trains with one seed: together, or one by one by the reference if `plain`."""

    table: str
    archs: list[str]
    seed: int
    data: str
    device: str
    plain: bool


def build(
    table: str,
    archs: list[str],
    seeds: tuple[int, ...],
    journal: Journal,
    *,
    workers: int,
    data: Path,
    together: int | None = None,
    device: str = "cpu",
    partial: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Table:
    """Train the networks that the journal lacks, seed by seed, and return the table of `archs`.

    Architectures with the same canonical form share one training. Each of `workers` processes trains `together`
    networks at a time; 1 uses the plain reference, None: `TOGETHER` where the construct stacks its networks, else 1.
    `partial` trains nothing: networks that the journal lacks are NaN, and architectures without any seed are left
    out. Raises `StoreError` if that leaves none.
    """
    recipe = protocol(table)
    space = SPACES.get(Truth.parse(table).space)()
    genes = space.parse_all(archs, "architectures to build")
    canonical = space.spell_all(space.canonical(genes))
    wanted = lacking(table, archs, seeds, ())
    missing = [network for network in wanted if network not in journal.networks]
    todo = [] if partial else chunks(table, missing, data=data, together=together, device=device)
    done = len(wanted) - len(missing)
    progress(done, len(wanted))
    for networks in _train_all(todo, workers):
        for network in networks:
            journal.add(network)
        done += len(networks)
        progress(done, len(wanted))
    found = {network: journal.networks[network].accuracy for network in wanted if network in journal.networks}
    accuracy = np.array([[found.get((arch, seed), np.nan) for seed in seeds] for arch in canonical])
    trained = ~np.isnan(accuracy).all(axis=1)
    if not trained.any():
        raise StoreError(f"{journal.path} has none of these {len(archs)} architectures; run without --partial")
    genes, accuracy = genes[trained], accuracy[trained]
    order = np.argsort(space.keys(genes))
    return Table(
        name=table,
        genes=genes[order],
        accuracy=accuracy[order].astype(np.float32),
        seeds=tuple(map(str, seeds)),
        source=f"trained by supernet-bench: test accuracy after the last of {recipe.epochs} epochs",
        citation="supernet-bench",
        source_sha256=open_images(recipe.images.dataset, data).sha256,
    )


def lacking(table: str, archs: list[str], seeds: tuple[int, ...], known: Collection[tuple[str, int]]) -> list[Name]:
    """Return the networks of a table, canonical architecture and seed, that are not known."""
    space = SPACES.get(Truth.parse(table).space)()
    canonical = space.spell_all(space.canonical(space.parse_all(archs, "architectures to build")))
    return [(arch, seed) for seed in seeds for arch in dict.fromkeys(canonical) if (arch, seed) not in known]


def chunks(table: str, missing: list[Name], *, data: Path, together: int | None, device: str) -> list[Chunk]:
    """Return networks in chunks, seed by seed; `together` as in `build`."""
    if together is None:
        together = TOGETHER if trains_together(protocol(table)) else 1
    space = SPACES.get(Truth.parse(table).space)()
    return [
        Chunk(table, part, seed, str(data), device, plain=together == 1)
        for seed in dict.fromkeys(seed for _, seed in missing)
        for part in neighbours([arch for arch, other in missing if other == seed], space, together)
    ]


def neighbours(archs: list[str], space: Space, together: int) -> list[list[str]]:
    """Return the architectures in chunks of nearly equal size, at most `together`.

    Architectures that share their first genes are adjacent, so that most operations apply to a contiguous range of a
    chunk.
    """
    keys = space.keys(space.parse_all(archs, "architectures to build"))
    ordered = [archs[index] for index in np.argsort(keys)]
    parts = -(-len(ordered) // together)
    return [list(part) for part in np.array_split(np.array(ordered, dtype=object), parts)] if parts else []


def _train_all(todo: list[Chunk], workers: int) -> Iterator[list[Network]]:
    if not todo:
        return
    if workers == 1:
        threads = torch.get_num_threads()
        _one_thread()
        try:
            yield from map(train_chunk, todo)
        finally:
            torch.set_num_threads(threads)
        return
    with processes(workers, "spawn", prepared(_ready, plugin_paths())) as pool:
        for chunk in as_completed([pool.submit(train_chunk, chunk) for chunk in todo]):
            yield chunk.result()


def _ready(plugins: tuple[Path, ...]) -> None:
    """Let a new process know the plug-ins, which may define the table's space, and use one thread."""
    load_entry_points()
    for path in plugins:
        load_plugin(path)
    _one_thread()


def _one_thread() -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    torch.set_num_threads(1)


def train_chunk(chunk: Chunk) -> list[Network]:
    """Train the networks of a chunk in this process."""
    recipe = protocol(chunk.table)
    images = _images(recipe.images.dataset, chunk.data)
    if chunk.plain:
        return [train_network(recipe, arch, chunk.seed, images, chunk.device) for arch in chunk.archs]
    return train_together(recipe, chunk.archs, chunk.seed, images, chunk.device)


@cache
def _images(name: str, data: str) -> ImageSet:
    return open_images(name, Path(data))
