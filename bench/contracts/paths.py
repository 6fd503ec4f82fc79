"""Checks of every path sampler."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np

from bench.contracts import Suite, broken
from bench.contracts.settings import SETTINGS, variations
from bench.contracts.training import continues_bit_for_bit, in_tiny, spaces_to_try
from bench.errors import PluginError, RecipeError
from bench.registry import plugin_paths
from bench.rng import stream
from bench.sample.paths import PATHS, Paths
from bench.spaces import Space
from bench.supernets import CONSTRUCTS
from bench.types import Genes

SUITE = Suite("paths")
SUITE.include(SETTINGS)

UPDATES = 20
EPOCH = 196
"""Updates of an epoch over 50,000 images in batches of 256."""

CHILD = """
import sys
from pathlib import Path
from bench.contracts.paths import digest
from bench.registry import load_plugin
for path in sys.argv[2:]:
    load_plugin(Path(path))
from bench.sample.paths import PATHS
print(digest(PATHS.get(sys.argv[1])))
"""


@SUITE.check
def an_update_holds_the_promised_number_of_allowed_architectures(kind: type[Paths]) -> None:
    from bench.train.checked import checked_paths, paths_per_update

    for paths, space in _known(kind):
        count, rng = paths_per_update(paths, space), stream(0, "paths")
        for _ in range(UPDATES):
            checked_paths(paths.draw(space, rng), paths, space, count)


@SUITE.check
def an_epoch_of_updates_does_too(kind: type[Paths]) -> None:
    from bench.train.checked import next_paths, paths_per_update, started_paths

    for paths, space in _known(kind):
        count = paths_per_update(paths, space)
        updates = started_paths(paths, space, stream(0, "paths"), paths.start(space))
        for _ in range(UPDATES):
            next_paths(updates, paths, space, count)


@SUITE.check
def equal_streams_give_equal_draws(kind: type[Paths]) -> None:
    for paths, space in _known(kind):
        first, second = stream(0, "paths"), stream(0, "paths")
        drawn = [paths.draw(space, first) for _ in range(3)]
        again = [replace(paths).draw(space, second) for _ in range(3)]
        if not all(map(np.array_equal, drawn, again)) or not _alike(first, second):
            raise broken(
                kind.draw,
                f"drew different architectures of space '{space.slot_name()}' from equal streams; draw only from `rng`",
            )
        first, second = stream(0, "paths"), stream(0, "paths")
        if not all(map(np.array_equal, _epoch(paths, space, first), _epoch(replace(paths), space, second))):
            raise broken(kind.updates, "gave different updates for equal streams; draw only from `rng`")


@SUITE.check
def other_streams_give_other_draws(kind: type[Paths]) -> None:
    paths, space = _largest(kind)
    ends = {arch.tobytes() for arch in space.extremes()}
    seen = [
        {arch.tobytes() for genes in _epoch(paths, space, stream(seed, "paths")) for arch in genes} for seed in (0, 1)
    ]
    if seen[0] == seen[1] and not seen[0] <= ends:
        raise broken(kind.draw, "drew the same architectures for two seeds; draw from `rng`")


@SUITE.check
def another_process_draws_the_same(kind: type[Paths]) -> None:
    if kind.slot_name() not in PATHS.names() or PATHS.get(kind.slot_name()) is not kind:
        return  # only registered samplers can be found in another process
    ran = subprocess.run(
        [sys.executable, "-c", CHILD, kind.slot_name(), *map(str, plugin_paths())],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONHASHSEED": "4711", "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    if ran.returncode:
        raise broken(kind, f"fails in another process: {ran.stderr.strip().splitlines()[-1]}")
    if ran.stdout.strip() != digest(kind):
        raise broken(kind.draw, "draws different architectures in another process; sort anything from a set or hash()")


@SUITE.check
def an_epoch_holds_many_different_architectures(kind: type[Paths]) -> None:
    """Two published code bases trained the same five architectures for a whole epoch."""
    paths, space = _largest(kind)
    drawn = np.concatenate(list(islice(paths.updates(space, stream(0, "paths"), paths.start(space)), EPOCH)))
    at_random = drawn[~(drawn[:, None] == space.extremes()).all(axis=2).any(axis=1)]  # a sandwich repeats its ends
    different = len(np.unique(at_random, axis=0))
    if len(at_random) and different < min(len(at_random), space.size) / 2:
        raise broken(
            kind.draw,
            f"drew {len(at_random)} architectures in an epoch of {EPOCH} updates, only {different} of them distinct",
        )


@SUITE.check
def a_killed_training_continues_bit_for_bit(kind: type[Paths]) -> None:
    for paths in variations(kind()):
        continues_bit_for_bit(in_tiny(paths, space=_largest(kind)[1]))


def digest(kind: type[Paths]) -> str:
    """Return the digest of an epoch's first updates in every space that the sampler supports."""
    digests = hashlib.sha256()
    for paths, space in _known(kind):
        for genes in _epoch(paths, space, stream(0, "paths")):
            digests.update(np.asarray(genes).tobytes())
    return digests.hexdigest()


def _known(kind: type[Paths]) -> Iterator[tuple[Paths, Space]]:
    """Yield the sampler with every space that it can draw from; raises `PluginError` if there is none."""
    refusal = ""
    found = False
    for space in spaces_to_try():
        paths = kind()
        try:
            paths.draw(space, stream(0, "trial"))
        except RecipeError as error:  # the space lacks something, such as costs
            refusal = str(error)
            continue
        found = True
        yield paths, space
    if not found:
        raise PluginError(f"paths '{kind.slot_name()}' cannot draw from any registered space: {refusal}")


def _largest(kind: type[Paths]) -> tuple[Paths, Space]:
    """Return the sampler with the largest space that has a supernet and can be listed, else with the first it knows."""
    known = list(_known(kind))
    trained = {CONSTRUCTS.get(name).space for name in CONSTRUCTS.names()}
    usual = [pair for pair in known if pair[1].listable and pair[1].slot_name() in trained]
    return max(usual, key=lambda pair: pair[1].size, default=known[0])


def _epoch(paths: Paths, space: Space, rng: np.random.Generator) -> list[Genes]:
    return list(islice(paths.updates(space, rng, paths.start(space)), UPDATES))


def _alike(one: np.random.Generator, other: np.random.Generator) -> bool:
    return str(one.bit_generator.state) == str(other.bit_generator.state)
