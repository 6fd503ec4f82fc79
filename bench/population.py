"""Named sets of architectures, each with a digest: which ones a correlation is taken over."""

import hashlib
from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Int8

from bench.errors import unknown_name
from bench.scores.metrics import Metric
from bench.spaces import ENUMERABLE, Space
from bench.tables.table import Table
from bench.types import Flags, Genes, PerArch

POPULATIONS = {
    "all": "every architecture of the table",
    "connected": "those with a path from input to output",
    "canonical": "one of each class that computes the same function, the one without dead edges; connected",
    "random-1000": "a fixed thousand of the space: the smallest digests of their strings",
    "connected-500": "a fixed five hundred of the connected ones, drawn the same way",
    "random-50": "a fixed fifty, drawn the same way: for tests, as a correlation over so few is mostly chance",
}
BEST = 1000
"""More than the largest true top N: so many are resampled for an interval of one."""
DRAWN = {"random-1000": 1000, "connected-500": 500, "random-50": 50}


@dataclass(frozen=True, kw_only=True)
class Population:
    """Which of the architectures belong, bool [arch], and the sha256 of their list."""

    name: str
    selected: Flags
    sha256: str


def population(name: str, space: Space, genes: Genes) -> Population:
    """Return the population `name` among the architectures `genes`; raises `UnknownName`.

    Only what the space's mask allows belongs to any. `canonical` holds the classes whose representative is
    itself among `genes`. A fixed number is drawn from the whole space where that can be listed (a smaller
    table holds some of them), and from `genes` where it cannot.

    >>> from bench.spaces import SPACES
    >>> cells = SPACES.get("nb201")()
    >>> [int(population(name, cells, cells.enumerate()).selected.sum()) for name in POPULATIONS]
    [15625, 15284, 9444, 1000, 500, 50]
    """
    if name not in POPULATIONS:
        raise unknown_name("population", name, POPULATIONS, "--population takes one of them")
    selected = space.contains(genes)
    if name in ("connected", "canonical", "connected-500"):
        selected &= space.connected(genes)
    if name == "canonical":
        selected &= (space.canonical(genes) == genes).all(axis=1)
    if name in DRAWN:
        drawn = _drawn_from_all(name, space) if space.size <= ENUMERABLE else _drawn(name, space, genes[selected])
        selected &= np.isin(space.codes(genes), space.codes(drawn))
    return Population(name=name, selected=selected, sha256=list_sha256(space, genes[selected]))


def scored_on(metric: Metric, chosen: Flags, known: Flags, truth: PerArch) -> Flags:
    """Return the architectures that a table takes a metric over: those `chosen`, mostly a sample of the `known` ones.

    A metric of the true top takes the best of all that are known, `BEST` of them and all that are tied with the
    last, which hold every top N; `truth` is in percent, [arch].
    """
    if not metric.of_true_top or known.sum() <= BEST:
        return known if metric.of_true_top else chosen
    return known & (truth >= np.partition(truth[known], -BEST)[-BEST])


def usual_population(table: Table, ranked: str = "all") -> str:
    """Return the population of a study's tables and figures: the fixed thousand, or all of a smaller table.

    Supernets that rank a fixed number only (`ranked`, of the preset) are scored on those.
    """
    if ranked in DRAWN:
        return ranked
    return "random-1000" if len(table.genes) >= DRAWN["random-1000"] else "all"


@cache
def _drawn_from_all(name: str, space: Space) -> Int8[np.ndarray, "drawn decision"]:
    """Return those drawn from the whole space, which is hashed once."""
    return _drawn(name, space, space.enumerate())


def _drawn(name: str, space: Space, pool: Genes) -> Int8[np.ndarray, "drawn decision"]:
    """Return the architectures with the smallest sha256 of "<name>/<space>/<string>": the same everywhere."""
    if name == "connected-500":
        pool = pool[space.connected(pool)]

    digests = [hashlib.sha256(f"{name}/{space.slot_name()}/{arch}".encode()).digest() for arch in space.spell_all(pool)]
    return pool[sorted(range(len(pool)), key=digests.__getitem__)[: DRAWN[name]]]


def list_sha256(space: Space, genes: Genes) -> str:
    """Return the digest of a set of architectures, whatever their order."""
    codes = np.sort(space.codes(genes)).astype("<i8")
    return hashlib.sha256(space.slot_name().encode() + codes.tobytes()).hexdigest()
