"""Search spaces: genes <-> string, validity, sampling, neighbours, canonical form, costs; no torch; one per file."""

import math
from abc import ABC, abstractmethod

import numpy as np

from bench.errors import DataError, RecipeError
from bench.registry import Registry
from bench.slot import Slot
from bench.types import Arch, Codes, Flags, Genes, PerArch

ENUMERABLE = 1_000_000
"""Largest space that `enumerate` lists; beyond it, architectures are sampled or read from a table."""


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
    def size(self) -> int:
        """Return the number of architectures under the mask."""
        return math.prod(len(allowed) for allowed in self.allowed)

    @property
    def decisions(self) -> int:
        """Return the number of decisions."""
        return len(self.choices)

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
        """Return which architectures use allowed choices only."""
        inside = np.ones(len(genes), dtype=bool)
        for decision, allowed in enumerate(self.allowed):
            inside &= np.isin(genes[:, decision], allowed)
        return inside

    def enumerate(self) -> Genes:
        """Return every architecture under the mask, the last decision varying fastest."""
        if self.size > ENUMERABLE:
            raise RecipeError(
                f"space '{self.slot_name()}' has {self.size:.3g} architectures and cannot be listed "
                f"(at most {ENUMERABLE:,}); sample it, or name a population of its table"
            )
        grids = np.meshgrid(*[np.asarray(a, dtype=np.int8) for a in self.allowed], indexing="ij")
        return np.ascontiguousarray(np.stack([grid.ravel() for grid in grids], axis=1))

    def sample(self, rng: np.random.Generator, count: int) -> Genes:
        """Return `count` architectures, every decision uniform and independent."""
        columns = [rng.choice(np.asarray(allowed, dtype=np.int8), size=count) for allowed in self.allowed]
        return np.stack(columns, axis=1)

    def neighbours(self, arch: Arch) -> list[Arch]:
        """Return all architectures that differ from `arch` in exactly one decision."""
        return [
            (*arch[:decision], choice, *arch[decision + 1 :])
            for decision, allowed in enumerate(self.allowed)
            for choice in allowed
            if choice != arch[decision]
        ]

    def codes(self, genes: Genes) -> Codes:
        """Return one integer per architecture, unique in the unmasked space: the key of every join."""
        code = np.zeros(len(genes), dtype=np.int64)
        for decision, names in enumerate(self.choices):
            code = code * len(names) + genes[:, decision]
        return code

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


SPACES: Registry[type[Space]] = Registry("spaces", "bench.spaces", Space)
