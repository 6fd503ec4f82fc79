"""Named sets of architectures, each with a digest: which ones a correlation is taken over."""

import hashlib
import math
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
from jaxtyping import Int8

from bench.errors import RecipeError, unknown_name
from bench.rng import stream
from bench.spaces import Space
from bench.types import Flags, Genes, Keys

POPULATIONS = {
    "all": "every architecture of the table",
    "connected": "those with a path from input to output",
    "canonical": "one of each class that computes the same function, the one without dead edges; connected",
    "random-1000": "a fixed thousand of the space: the smallest digests of their strings",
    "connected-500": "a fixed five hundred of the connected ones, drawn the same way",
    "random-50": "a fixed fifty, drawn the same way: for tests, as a correlation over so few is mostly chance",
}
DRAWN = {"random-1000": 1000, "connected-500": 500, "random-50": 50}
"""The populations of a fixed number, and that number."""
CONNECTED = ("connected", "canonical", "connected-500")
MOST_DRAWS = 1_000
"""Rounds of `Space.sample` after which a space is too small, or has too few connected architectures, to draw from."""


@dataclass(frozen=True, eq=False)
class Population:
    """The architectures of `space` that belong to the set `name`, a key of `POPULATIONS`; raises `UnknownName`.

    Only what the space's mask allows belongs to any. A fixed number is drawn from the whole space where that can be
    listed. Where it cannot, it is drawn from the `pool`, mostly the architectures of a table; without a pool it is the
    first different ones that `Space.sample` returns from the stream named after the population and the space.

    >>> from bench.spaces import SPACES
    >>> cells = SPACES.get("nb201")()
    >>> [len(Population(name, cells).archs()) for name in POPULATIONS]
    [15625, 15284, 9444, 1000, 500, 50]
    """

    name: str
    space: Space
    pool: Genes | None = None

    def __post_init__(self) -> None:
        if self.name not in POPULATIONS:
            raise unknown_name("population", self.name, POPULATIONS, "--population takes one of them")

    def of(self, space: Space) -> "Population":
        """Return the population of the same name and pool in another space, for example a masked one."""
        return replace(self, space=space)

    def among(self, genes: Genes) -> Flags:
        """Return which of the architectures belong.

        `canonical` holds each architecture that is its own canonical form, whether or not it is the only one of its
        class among `genes`.
        """
        selected = self.space.contains(genes)
        if self.name in CONNECTED:
            selected &= self.space.connected(genes)
        if self.name == "canonical":
            selected &= (self.space.canonical(genes) == genes).all(axis=1)
        if self.name in DRAWN:
            selected &= np.isin(self.space.keys(genes), self._drawn)
        return selected

    def archs(self) -> Genes:
        """Return the members, of the whole space where it can be listed, else of the pool.

        Raises `RecipeError` where there is neither a list nor a pool, and the population is not of a fixed number.
        """
        if self.space.listable:
            everything = self.space.enumerate()
        elif self.pool is not None:
            everything = self.pool
        elif self.name in DRAWN:
            return _first_sampled(self.name, self.space)
        else:
            drawn = ", ".join(name for name in DRAWN if name not in CONNECTED)
            raise RecipeError(
                f"population '{self.name}' of space '{self.space.slot_name()}' cannot be listed: it has "
                f"{self.space.size:.3g} architectures and no table here; take one of a fixed number ({drawn})"
            )
        return everything[self.among(everything)]

    @cached_property
    def sha256(self) -> str:
        """Return the digest of the members in the pool, of `archs` where there is none."""
        members = self.archs() if self.pool is None else self.pool[self.among(self.pool)]
        return list_sha256(self.space, members)

    @cached_property
    def _drawn(self) -> Keys:
        """Return the keys of a population of a fixed number, sorted."""
        if self.space.listable:
            drawn = _drawn_from_all(self.name, self.space)
        elif self.pool is not None:
            drawn = _drawn(self.name, self.space, self.pool[self.space.contains(self.pool)])
        else:
            drawn = _first_sampled(self.name, self.space)
        return np.sort(self.space.keys(drawn))


@cache
def _drawn_from_all(name: str, space: Space) -> Int8[np.ndarray, "drawn decision"]:
    """Return those drawn from the whole space, which is hashed once."""
    return _drawn(name, space, space.enumerate())


def _drawn(name: str, space: Space, pool: Genes) -> Int8[np.ndarray, "drawn decision"]:
    """Return the architectures with the smallest sha256 of "<name>/<space>/<string>": the same everywhere."""
    if name in CONNECTED:
        pool = pool[space.connected(pool)]
    digests = [hashlib.sha256(f"{name}/{space.slot_name()}/{arch}".encode()).digest() for arch in space.spell_all(pool)]
    return pool[sorted(range(len(pool)), key=digests.__getitem__)[: DRAWN[name]]]


@cache
def _first_sampled(name: str, space: Space) -> Int8[np.ndarray, "drawn decision"]:
    """Return the first different architectures of the space's named stream, sorted by their genes."""
    rng, count = stream(0, f"population/{name}/{space.slot_name()}"), DRAWN[name]
    found = np.empty((0, space.decisions), dtype=np.int8)
    for _ in range(MOST_DRAWS):
        more = space.sample(rng, count)
        if name in CONNECTED:
            more = more[space.connected(more)]
        found = np.concatenate([found, more])
        first = np.unique(space.keys(found), return_index=True)[1]
        if len(first) >= count:
            chosen = found[np.sort(first)[:count]]
            return chosen[np.argsort(space.keys(chosen))]
        found = found[np.sort(first)]
    raise RecipeError(
        f"population '{name}' of space '{space.slot_name()}': {MOST_DRAWS * count:,} random architectures hold only "
        f"{len(found)} of the {count} that it needs; take a smaller population"
    )


def list_sha256(space: Space, genes: Genes) -> str:
    """Return the digest of a set of architectures, whatever their order.

    Each is written as its number in the unmasked space (the first decision counts most), in as many little-endian
    64-bit words as the largest number needs.
    """
    radix = [len(names) for names in space.choices]
    width = 8 * max(1, -(-(math.prod(radix) - 1).bit_length() // 64))
    numbers = []
    for arch in genes.tolist():
        number = 0
        for gene, choices in zip(arch, radix, strict=True):
            number = number * choices + gene
        numbers.append(number)
    content = b"".join(number.to_bytes(width, "little") for number in sorted(numbers))
    return hashlib.sha256(space.slot_name().encode() + content).hexdigest()
