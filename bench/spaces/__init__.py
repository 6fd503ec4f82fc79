"""Search spaces: genes <-> string, validity, sampling, neighbours, canonical form, costs; no torch; one per file."""

import math
from abc import ABC, abstractmethod
from functools import cache

import numpy as np

from bench.errors import DataError, RecipeError
from bench.registry import Registry
from bench.slot import Slot
from bench.types import Arch, Flags, Genes, Keys, PerArch

ENUMERABLE = 1_000_000
"""Most combinations of choices that `enumerate` lists; beyond, architectures are sampled or read from a table."""
RAREST, PATIENCE = 10_000, 1_000_000
"""`sample` gives up where, after `PATIENCE` draws, fewer than one of `RAREST` combinations was valid."""


class Space(Slot, ABC):
    """Architectures as tuples of choice indices; a choice keeps its index whatever is masked."""

    @property
    @abstractmethod
    def choices(self) -> tuple[tuple[str, ...], ...]:
        """Return the names of the choices of each decision, masked ones included."""

    @abstractmethod
    def parse(self, text: str) -> Arch:
        """Return the architecture that `text` spells; raises `DataError` naming what is wrong in it."""

    @abstractmethod
    def spell(self, arch: Arch) -> str:
        """Return the string of an architecture, the form its published table uses."""

    @abstractmethod
    def costs(self, genes: Genes) -> dict[str, PerArch]:
        """Return what is known without training of the stand-alone networks, per architecture.

        These are the trivial predictors that every supernet must beat; higher is taken as better.
        """

    @property
    def allowed(self) -> tuple[tuple[int, ...], ...]:
        """Return the choice indices that each decision may take: all but the masked ones."""
        return tuple(tuple(range(len(names))) for names in self.choices)

    @property
    def combinations(self) -> int:
        """Return the number of combinations of allowed choices, invalid ones included."""
        return math.prod(len(allowed) for allowed in self.allowed)

    @property
    def listable(self) -> bool:
        """Return whether `enumerate` can list the space; a space with a quicker `enumerate` of its own says so."""
        return self.combinations <= ENUMERABLE

    @property
    def size(self) -> int:
        """Return the number of architectures under the mask.

        Where some combinations are invalid and the space cannot be listed, it is the number of all combinations; a
        space that can count its valid ones overrides this.
        """
        if type(self).valid is Space.valid or not self.listable:
            return self.combinations
        return _listed(self)

    @property
    def decisions(self) -> int:
        """Return the number of decisions."""
        return len(self.choices)

    def valid(self, genes: Genes) -> Flags:
        """Return which combinations of allowed choices are architectures of the space: all of them.

        A space of graphs overrides this where some combinations are no graph of the space.
        """
        return np.ones(len(genes), dtype=bool)

    def extremes(self) -> Genes:
        """Return the smallest and the largest architecture, [2, decision]: the first and the last choice of each list.

        A space whose lists are not in the order of their costs says otherwise.
        """
        ends = [(allowed[0], allowed[-1]) for allowed in self.allowed]
        return np.array(ends, dtype=np.int8).T

    def complexity(self, genes: Genes) -> PerArch:
        """Return where architectures lie between the smallest (0) and the largest (1), by log parameters [arch].

        Raises `RecipeError` where the parameters of the space stand in its table alone.
        """
        params = self.costs(np.concatenate([self.extremes(), genes])).get("params")
        if params is None:
            raise RecipeError(f"space '{self.slot_name()}' counts no parameters, so it has no small and large")
        low, high = np.log(params[:2])
        return (np.log(params[2:]) - low) / max(high - low, np.finfo(float).tiny)

    def canonical(self, genes: Genes) -> Genes:
        """Return, per architecture, the representative of all that compute the same function."""
        return genes

    def connected(self, genes: Genes) -> Flags:
        """Return which architectures have a path from input to output."""
        return np.ones(len(genes), dtype=bool)

    def contains(self, genes: Genes) -> Flags:
        """Return which rows are architectures of the space: allowed choices only, and valid."""
        inside = np.ones(len(genes), dtype=bool)
        for decision, allowed in enumerate(self.allowed):
            inside &= np.isin(genes[:, decision], allowed)
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
        """Return `count` architectures, all equally likely: every decision uniform, invalid combinations drawn again.

        Raises `RecipeError` where almost no combination is valid.
        """
        genes = self._combine(rng, count)
        valid = self.valid(genes)
        if valid.all():
            return genes
        kept, drawn = genes[valid], count
        while len(kept) < count:
            if drawn >= PATIENCE and len(kept) * RAREST < drawn:
                raise RecipeError(
                    f"space '{self.slot_name()}': {len(kept)} of {drawn:,} random combinations are valid, too few to "
                    "sample by drawing again; give the space a `sample` of its own"
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
        """Return the bytes of each architecture's genes: equal and sorted as the genes are, for joins in NumPy.

        >>> from bench.spaces.macro import Macro
        >>> Macro().keys(np.array([[2, 1, 0, 0, 0, 0, 0, 1]], dtype=np.int8)).tolist()
        [b'\\x02\\x01\\x00\\x00\\x00\\x00\\x00\\x01']
        """
        # NumPy drops zeros at the end of a byte string, and pads with zeros when it compares; as all keys of a space
        # have one length, that makes no two of them equal.
        rows = np.ascontiguousarray(genes, dtype=np.int8)
        return rows.view(f"S{self.decisions}").reshape(len(rows))

    def spell_all(self, genes: Genes) -> list[str]:
        """Return the string of each architecture."""
        return [self.spell(tuple(arch)) for arch in genes.tolist()]

    def parse_all(self, texts: list[str], where: str) -> Genes:
        """Return the genes of many strings; an error says which entry of `where` is wrong."""
        rows = np.empty((len(texts), self.decisions), dtype=np.int8)
        for index, text in enumerate(texts):
            try:
                rows[index] = self.parse(text)
            except DataError as error:
                raise DataError(f"{where}, entry {index + 1}: {error}") from None
        return rows


@cache
def _listed(space: Space) -> int:
    """Return the number of architectures of a space that can be listed."""
    return len(space.enumerate())


SPACES: Registry[type[Space]] = Registry("spaces", "bench.spaces", Space)
