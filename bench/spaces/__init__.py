"""Search spaces: genes <-> string, validity, sampling, neighbours, canonical form, costs; one per file, no torch."""

import math
from abc import ABC, abstractmethod
from functools import cache
from typing import ClassVar

import numpy as np
from jaxtyping import Bool, Int

from bench.errors import DataError, RecipeError
from bench.registry import Registry
from bench.slot import Slot
from bench.types import Arch, Flags, Genes, Keys, PerArch

ENUMERABLE = 1_000_000
"""Maximum number of combinations that `enumerate` lists; larger spaces are sampled, or their tables read."""
RAREST, PATIENCE = 10_000, 1_000_000
"""`sample` gives up if, after `PATIENCE` draws, fewer than one in `RAREST` combinations was valid."""


class Space(Slot, ABC):
    """Architectures as tuples of choice indices; masking does not change the index of a choice.

    `size_cost` names the cost, of the space or of its tables, that stands for the size of a network: parameters. A
    space in which some parameters may be cut off from the output names the cost that leaves those out.
    """

    size_cost: ClassVar[str] = "params"

    @property
    @abstractmethod
    def choices(self) -> tuple[tuple[str, ...], ...]:
        """Return the names of the choices of each decision, masked ones included."""

    @property
    def readable_choices(self) -> tuple[tuple[str, ...], ...]:
        """Return the names of `choices` as figures print them; by default as they are."""
        return self.choices

    @abstractmethod
    def parse(self, text: str) -> Arch:
        """Return the architecture with the string `text`; raises `DataError` naming the invalid part."""

    @abstractmethod
    def spell(self, arch: Arch) -> str:
        """Return the string of an architecture, in the format of its published table."""

    @abstractmethod
    def costs(self, genes: Genes) -> dict[str, PerArch]:
        """Return costs of the stand-alone networks that are known without training, per architecture.

        These are the trivial predictors that every supernet must beat; higher predicts better.
        """

    @property
    def allowed(self) -> tuple[tuple[int, ...], ...]:
        """Return the allowed choice indices of each decision: all but the masked ones."""
        return tuple(tuple(range(len(names))) for names in self.choices)

    @property
    def decision_names(self) -> tuple[str, ...]:
        """Return a short name of each decision for tables and figures; by default its number, from 1."""
        return tuple(str(number) for number in range(1, self.decisions + 1))

    @property
    def nodes(self) -> tuple[int, ...]:
        """Return the node of each decision: results of decisions with the same one are added up.

        By default every decision has a node of its own.
        """
        return tuple(range(self.decisions))

    def edges(self) -> Int[np.ndarray, "decision choice"] | None:
        """Return the edge on which each choice has its operation; None: a decision is an edge, as in most spaces.

        A space whose decisions take an input with an operation overrides this, so that a mixture can give each edge
        weights that sum to 1. Edges are numbered from 0; -1 fills the rows of decisions with fewer choices. Rows are
        equal for decisions about the same edges, and otherwise have no edge in common.
        """
        return None

    @property
    def combinations(self) -> int:
        """Return the number of combinations of allowed choices, invalid ones included."""
        return math.prod(len(allowed) for allowed in self.allowed)

    @property
    def listable(self) -> bool:
        """Return whether `enumerate` can list the space; override it together with a faster `enumerate`."""
        return self.combinations <= ENUMERABLE

    @property
    def size(self) -> int:
        """Return the number of architectures under the mask.

        If some combinations are invalid and the space cannot be listed, it is the number of all combinations; a
        space that can count its valid ones overrides this.
        """
        if type(self).valid is Space.valid or not self.listable:
            return self.combinations
        return _listed(self)

    @property
    def size_is_exact(self) -> bool:
        """Return whether `size` counts the valid architectures alone, so that a table's share of them can be named.

        A space that cannot be listed but counts its architectures overrides this together with `size`.
        """
        return self.listable

    @property
    def decisions(self) -> int:
        """Return the number of decisions."""
        return len(self.choices)

    def valid(self, genes: Genes) -> Flags:
        """Return which combinations of allowed choices are architectures of the space; by default all.

        A space of graphs overrides this if some combinations are not valid graphs.
        """
        return np.ones(len(genes), dtype=bool)

    def extremes(self) -> Genes:
        """Return the smallest and the largest architecture, [2, decision]: the first and the last choice of each list.

        A space whose choices are not in the order of their costs overrides this.
        """
        ends = [(allowed[0], allowed[-1]) for allowed in self.allowed]
        return np.array(ends, dtype=np.int8).T

    def complexity(self, genes: Genes) -> PerArch:
        """Return the size of architectures from the smallest (0) to the largest (1), by log parameters [arch].

        Raises `RecipeError` if the space does not compute its parameters.
        """
        params = self.costs(np.concatenate([self.extremes(), genes])).get("params")
        if params is None:
            raise RecipeError(
                f"space '{self.slot_name()}' has no parameter counts, so no complexity; let `costs` return params"
            )
        low, high = np.log(params[:2])
        return (np.log(params[2:]) - low) / max(high - low, np.finfo(float).tiny)

    def canonical(self, genes: Genes) -> Genes:
        """Return, per architecture, the one that stands for all that are the same sub-network of a supernet.

        They differ in choices that no signal passes, and use the same shared weights. By default each is its own.
        """
        return genes

    def representative(self, genes: Genes) -> Genes:
        """Return, per architecture, the one that stands for all that compute the same function, trained alone.

        They may be different sub-networks of a supernet. By default it is the canonical form; a space in which
        different sub-networks compute the same function overrides this.
        """
        return self.canonical(genes)

    def nonlinear(self, genes: Genes) -> Int[np.ndarray, "arch"] | None:
        """Return the number of nonlinear operations of architectures, equal for equal functions; None: not counted."""
        return None

    def only(self, arch: Arch) -> "Space":
        """Return the space whose supernet trains one architecture from scratch; by default the space itself.

        A space that can leave out all other choices overrides this, so that a stand-alone network has no other weights.
        """
        return self

    def connected(self, genes: Genes) -> Flags:
        """Return which architectures have a path from input to output."""
        return np.ones(len(genes), dtype=bool)

    def contains(self, genes: Genes) -> Flags:
        """Return which rows are architectures of the space: allowed choices only, and valid."""
        inside = _admitted(self)[np.arange(self.decisions), genes].all(axis=1)
        inside[inside] = self.valid(genes[inside])
        return inside

    def enumerate(self) -> Genes:
        """Return every architecture under the mask, the last decision varying fastest."""
        if self.combinations > ENUMERABLE:
            raise RecipeError(
                f"space '{self.slot_name()}' has {self.combinations:.3g} architectures and cannot be listed "
                f"(at most {ENUMERABLE:,}); sample it, or name a population of its table"
            )
        grids = np.meshgrid(*[np.asarray(a, dtype=np.int8) for a in self.allowed], indexing="ij")
        genes = np.ascontiguousarray(np.stack([grid.ravel() for grid in grids], axis=1))
        return genes[self.valid(genes)]

    def sample(self, rng: np.random.Generator, count: int) -> Genes:
        """Return `count` uniform architectures: every decision is uniform, and invalid combinations are redrawn.

        Raises `RecipeError` if almost no combination is valid.
        """
        genes = self._combine(rng, count)
        valid = self.valid(genes)
        if valid.all():
            return genes
        kept, drawn = genes[valid], count
        while len(kept) < count:
            if drawn >= PATIENCE and len(kept) * RAREST < drawn:
                raise RecipeError(
                    f"space '{self.slot_name()}': {len(kept)} of {drawn:,} random combinations are valid, too few for "
                    "rejection sampling; override `sample` in the space"
                )
            more = self._combine(rng, max(count, 1_000))
            drawn += len(more)
            kept = np.concatenate([kept, more[self.valid(more)]])
        return kept[:count]

    def _combine(self, rng: np.random.Generator, count: int) -> Genes:
        """Return `count` combinations of allowed choices, every decision uniform and independent."""
        columns = [rng.choice(np.asarray(allowed, dtype=np.int8), size=count) for allowed in self.allowed]
        return np.stack(columns, axis=1)

    def neighbours(self, arch: Arch) -> list[Arch]:
        """Return all architectures that differ from `arch` in exactly one decision."""
        near = [
            (*arch[:decision], choice, *arch[decision + 1 :])
            for decision, allowed in enumerate(self.allowed)
            for choice in allowed
            if choice != arch[decision]
        ]
        valid = self.valid(np.array(near, dtype=np.int8).reshape(-1, self.decisions))
        return [other for other, kept in zip(near, valid, strict=True) if kept]

    def keys(self, genes: Genes) -> Keys:
        """Return the bytes of each architecture's genes, which compare and sort as the genes do, for joins in NumPy.

        >>> from bench.spaces.macro import Macro
        >>> Macro().keys(np.array([[2, 1, 0, 0, 0, 0, 0, 1]], dtype=np.int8)).tolist()
        [b'\\x02\\x01\\x00\\x00\\x00\\x00\\x00\\x01']
        """
        # NumPy strips trailing zeros of byte strings and pads with zeros to compare; all keys of a space have the same
        # length, so keys of different architectures still differ.
        rows = np.ascontiguousarray(genes, dtype=np.int8)
        return rows.view(f"S{self.decisions}").reshape(len(rows))

    def spell_all(self, genes: Genes) -> list[str]:
        """Return the string of each architecture."""
        return [self.spell(tuple(arch)) for arch in genes.tolist()]

    def parse_all(self, texts: list[str], where: str) -> Genes:
        """Return the genes of many strings; an error gives the number of the wrong entry of `where`."""
        rows = np.empty((len(texts), self.decisions), dtype=np.int8)
        for index, text in enumerate(texts):
            try:
                rows[index] = self.parse(text)
            except DataError as error:
                raise DataError(f"{where}, entry {index + 1}: {error}") from None
        return rows


@cache
def _admitted(space: Space) -> Bool[np.ndarray, "decision gene"]:
    """Return which genes each decision allows, by gene; a negative one counts from the end, as NumPy indexes."""
    admitted = np.zeros((space.decisions, 256), dtype=bool)
    for decision, allowed in enumerate(space.allowed):
        admitted[decision, list(allowed)] = True
    return admitted


@cache
def _listed(space: Space) -> int:
    """Return the number of architectures of a space that can be listed."""
    return len(space.enumerate())


SPACES: Registry[type[Space]] = Registry("spaces", "bench.spaces", Space)
