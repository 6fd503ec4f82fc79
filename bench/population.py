"""Named sets of architectures, each with a digest, over which a correlation is computed."""

import hashlib
import math
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
from jaxtyping import Int8

from bench.errors import RecipeError, unknown_name
from bench.rng import stream
from bench.spaces import Space
from bench.spaces.lookup import places_in
from bench.types import Flags, Genes, Keys

POPULATIONS = {
    "all": "every architecture of the table",
    "connected": "those with a path from input to output",
    "canonical": "one per canonical form, the one without dead edges; connected",
    "functions": "one per function that they compute, which stands for the others; connected",
    "random-1000": "a fixed thousand of the space: those whose strings have the smallest digests",
    "connected-500": "a fixed five hundred of the connected ones, drawn the same way",
    "random-50": "a fixed fifty, drawn the same way: for tests, as a correlation over so few is mostly chance",
    "design": "half of the connected ones, by a digest of the function they compute: to design recipes on",
    "confirmation": "the other half: for the numbers that are reported",
}
DRAWN = {"random-1000": 1000, "connected-500": 500, "random-50": 50}
"""The populations of fixed size, and their sizes."""
LARGEST = "random-1000"
HALVES = ("design", "confirmation")
"""The halves of the connected architectures. All that compute the same function are in the same half."""
CONNECTED = ("connected", "canonical", "functions", "connected-500", *HALVES)
MOST_DRAWS = 1_000
"""Maximum rounds of `Space.sample`; a space that needs more has too few (connected) architectures to draw from."""


@dataclass(frozen=True, eq=False)
class Population:
    """The architectures of `space` that belong to the set `name`, a key of `POPULATIONS`; raises `UnknownName`.

    Architectures that the space's mask excludes belong to none. A population of fixed size is drawn from the whole
    space if that can be listed, else from the `pool`, usually the architectures of a table. Without a pool it is the
    first distinct ones that `Space.sample` returns from the stream named after the population and the space.

    >>> from bench.spaces import SPACES
    >>> cells = SPACES.get("nb201")()
    >>> [len(Population(name, cells).archs()) for name in POPULATIONS]
    [15625, 15284, 9444, 4953, 1000, 500, 50, 7154, 8130]
    """

    name: str
    space: Space
    pool: Genes | None = None

    def __post_init__(self) -> None:
        if self.name not in POPULATIONS:
            raise unknown_name("population", self.name, POPULATIONS, "--population takes one of them")

    @property
    def drawn(self) -> bool:
        """Return whether the members are a random draw: of a fixed size, and fewer than those drawn from."""
        return self.name in DRAWN and self._of_more

    def of(self, space: Space) -> "Population":
        """Return the population of the same name and pool in another space, for example a masked one."""
        return self._others.setdefault(space, replace(self, space=space))

    def among(self, genes: Genes) -> Flags:
        """Return which of the architectures belong.

        `canonical` holds each architecture that is its own canonical form, `functions` each that is its own
        representative, whether or not it is the only one of its class among `genes`.
        """
        selected = self.space.contains(genes)
        if self.name in CONNECTED:
            selected &= self.space.connected(genes)
        if self.name == "canonical":
            selected &= (self.space.canonical(genes) == genes).all(axis=1)
        if self.name == "functions":
            selected &= (self.space.representative(genes) == genes).all(axis=1)
        if self.name in DRAWN:
            selected &= places_in(self._drawn, self.space.keys(genes))[1]
        if self.name in HALVES:
            selected[selected] = _for_confirmation(self.space, genes[selected]) == (self.name == "confirmation")
        return selected

    def archs(self) -> Genes:
        """Return the members: of the whole space if it can be listed, else of the pool.

        Raises `RecipeError` if the space cannot be listed, there is no pool, and the population has no fixed size.
        """
        if self.space.listable:
            everything = self.space.enumerate()
        elif self.pool is not None:
            everything = self.pool
        elif self.name in DRAWN:
            return _first_sampled(self.name, self.space, DRAWN[self.name])
        else:
            drawn = ", ".join(name for name in DRAWN if name not in CONNECTED)
            raise RecipeError(
                f"population '{self.name}' of space '{self.space.slot_name()}' cannot be listed: it has "
                f"{self.space.size:.3g} architectures and no table; use a population of fixed size ({drawn})"
            )
        return everything[self.among(everything)]

    @cached_property
    def _others(self) -> "dict[Space, Population]":
        return {self.space: self}

    @cached_property
    def _of_more(self) -> bool:
        if not self.space.listable and self.pool is None:
            return True
        everything = self.space.enumerate() if self.space.listable else self.pool
        assert everything is not None
        inside = self.space.contains(everything)
        if self.name in CONNECTED:
            inside &= self.space.connected(everything)
        return int(np.count_nonzero(inside)) > DRAWN[self.name]

    @cached_property
    def sha256(self) -> str:
        """Return the digest of the members in the pool, or of `archs` if there is no pool."""
        members = self.archs() if self.pool is None else self.pool[self.among(self.pool)]
        return list_sha256(self.space, members)

    @cached_property
    def _drawn(self) -> Keys:
        """Return the sorted keys of a population of fixed size."""
        if self.space.listable:
            drawn = _drawn_from_all(self.name, self.space)
        elif self.pool is not None:
            drawn = _drawn(self.name, self.space, self.pool[self.space.contains(self.pool)], DRAWN[self.name])
        else:
            drawn = _first_sampled(self.name, self.space, DRAWN[self.name])
        return np.sort(self.space.keys(drawn))


@cache
def _drawn_from_all(name: str, space: Space) -> Int8[np.ndarray, "drawn decision"]:
    """Return the architectures drawn from the whole space; cached, so that the space is hashed once."""
    return _drawn(name, space, space.enumerate(), DRAWN[name])


def _drawn(name: str, space: Space, pool: Genes, count: int) -> Int8[np.ndarray, "drawn decision"]:
    """Return the architectures with the smallest sha256 of "<name>/<space>/<string>": the same on all machines."""
    if name in CONNECTED:
        pool = pool[space.connected(pool)]
    digests = [hashlib.sha256(f"{name}/{space.slot_name()}/{arch}".encode()).digest() for arch in space.spell_all(pool)]
    return pool[sorted(range(len(pool)), key=digests.__getitem__)[:count]]


def _for_confirmation(space: Space, genes: Genes) -> Flags:
    """Return which architectures are in the half for confirmation: the first byte of a sha256 is odd.

    The digest is of "halves/<space>/<string of the representative>": the same on all machines, under any mask and in
    any table.
    """
    functions = space.representative(genes)
    _, first, owner = np.unique(space.keys(functions), return_index=True, return_inverse=True)
    spelled = space.spell_all(functions[first])
    digests = (hashlib.sha256(f"halves/{space.slot_name()}/{arch}".encode()).digest() for arch in spelled)
    return np.array([digest[0] % 2 == 1 for digest in digests], dtype=bool)[owner]


@cache
def _first_sampled(name: str, space: Space, count: int) -> Int8[np.ndarray, "drawn decision"]:
    """Return the first distinct architectures of the space's named stream, sorted by their genes.

    They are drawn in rounds of the population's size, so that more of them include fewer.
    """
    rng = stream(0, f"population/{name}/{space.slot_name()}")
    found = np.empty((0, space.decisions), dtype=np.int8)
    for _ in range(MOST_DRAWS):
        more = space.sample(rng, DRAWN[name])
        if name in CONNECTED:
            more = more[space.connected(more)]
        found = np.concatenate([found, more])
        first = np.unique(space.keys(found), return_index=True)[1]
        if len(first) >= count:
            chosen = found[np.sort(first)[:count]]
            return chosen[np.argsort(space.keys(chosen))]
        found = found[np.sort(first)]
    tried = f"{MOST_DRAWS * DRAWN[name]:,} random architectures"
    raise RecipeError(
        f"population '{name}' of space '{space.slot_name()}': {tried} contain only {len(found)} of the {count} needed; "
        "use a smaller population"
    )


def random_archs(space: Space, count: int) -> Genes:
    """Return `count` different architectures of a space, the same on all machines, sorted by their genes.

    More of them include fewer, and a thousand are the population "random-1000", which supernets of large spaces
    predict: a table of a hundred can score them. Raises `RecipeError` if the space has not so many.
    """
    if not space.listable:
        return _first_sampled(LARGEST, space, count)
    every = space.enumerate()
    if count > len(every):
        raise RecipeError(f"{count:,} random architectures of '{space.slot_name()}': it has only {len(every):,}")
    genes = _drawn(LARGEST, space, every, count)
    return genes[np.argsort(space.keys(genes))]


def list_sha256(space: Space, genes: Genes) -> str:
    """Return the digest of a set of architectures, independent of their order.

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
