"""The ground truth of one space, data set, split and training budget."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int8

from bench.errors import DataError
from bench.spaces import SPACES, Space
from bench.spaces.lookup import places_in
from bench.truth import Truth, labelled
from bench.types import Functions, Keys, PerArch


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """Stand-alone accuracies; rows are sorted by genes, the first decision first, each architecture once.

    `name` is that of the `truth`, for example `nb201/cifar10/test/200ep` or `nb201/cifar10/test/200ep@nats-tss`.
    `accuracy` is in percent, higher is better; NaN where a training seed is absent for an architecture. `seeds` names
    the columns ("mean" if the source published only the mean over seeds). `costs` holds the source's costs without
    training (params, flops), per architecture. `merged` counts the rows of the source that repeated an architecture
    with the same accuracies.
    """

    name: str
    genes: Int8[np.ndarray, "arch decision"]
    accuracy: Float[np.ndarray, "arch seed"]
    seeds: tuple[str, ...]
    costs: dict[str, PerArch] = field(default_factory=dict)
    source: str
    citation: str = ""
    source_sha256: str = ""
    merged: int = 0

    @cached_property
    def truth(self) -> Truth:
        """Return the truth that `name` names; raises `DataError` if the name is invalid."""
        return Truth.parse(self.name)

    @cached_property
    def space(self) -> Space:
        """Return the unmasked space."""
        return SPACES.get(self.truth.space)()

    @cached_property
    def sha256(self) -> str:
        """Return the digest of all numbers and of what they are: name, genes, accuracies, seeds and costs.

        Without costs it is `sha256_without_costs`.
        """
        digest = self._digest()
        for cost, values in sorted(self.costs.items()):
            digest.update(f"\n{cost}\n".encode())
            digest.update(np.ascontiguousarray(values, dtype=np.float64).tobytes())
        return digest.hexdigest()

    @cached_property
    def sha256_without_costs(self) -> str:
        """Return the digest of name, genes, accuracies and seeds, which files of schema 1 record."""
        return self._digest().hexdigest()

    def _digest(self) -> "hashlib._Hash":
        digest = hashlib.sha256(f"{self.name}\n{','.join(self.seeds)}\n".encode())
        digest.update(np.ascontiguousarray(self.genes, dtype=np.int8).tobytes())
        digest.update(np.ascontiguousarray(self.accuracy, dtype=np.float32).tobytes())
        return digest

    @property
    def coverage(self) -> str:
        """Return "3 of 15,625", the architectures of the space that the table has; "" for all of them.

        "" also if the size of the space is not known.
        """
        return coverage(self.space, len(self.genes))

    @property
    def whole(self) -> bool:
        """Return whether the table is known to have every architecture of its space."""
        return self.space.size_is_exact and not self.coverage

    @property
    def label(self) -> str:
        """Return the name as titles show it, with the coverage of a table that lacks architectures."""
        return labelled(self.name, self.coverage)

    @cached_property
    def mean(self) -> PerArch:
        """Return the accuracy averaged over the seeds that are present, percent [arch]."""
        return np.nanmean(self.accuracy.astype(np.float64), axis=1)

    @property
    def trained_once(self) -> bool:
        """Whether each accuracy is that of one training, whose luck no interval holds; published means are not."""
        return len(self.seeds) == 1 and self.seeds != ("mean",)

    @cached_property
    def functions(self) -> Functions:
        """The number of the function that each architecture computes [arch]; see `Space.representative`."""
        functions = self.space.keys(self.space.representative(self.genes))
        return np.unique(functions, return_inverse=True)[1]

    @cached_property
    def known_costs(self) -> dict[str, PerArch]:
        """Return all costs of the networks [arch]: those that the space computes, replaced by `costs` of that name.

        They are not to be written to.
        """
        return {**self.space.costs(self.genes), **self.costs}

    def seed(self, name: str) -> PerArch:
        """Return the accuracy of one training seed, percent [arch], NaN where it is absent for an architecture.

        Raises `DataError` if no architecture has the seed.
        """
        if name not in self.seeds:
            raise DataError(f"table '{self.name}' has no seed '{name}'; it has {', '.join(self.seeds)}")
        return self.accuracy[:, self.seeds.index(name)].astype(np.float64)

    @cached_property
    def _keys(self) -> Keys:
        return self.space.keys(self.genes)

    def rows(self, genes: Int8[np.ndarray, "query decision"]) -> tuple[np.ndarray, Bool[np.ndarray, "query"]]:
        """Return the row of each queried architecture and whether the table has it (row 0 if not)."""
        return places_in(self._keys, self.space.keys(genes))


def coverage(space: Space, archs: int) -> str:
    """Return "3 of 15,625" for a table of so many architectures; "" if it has all, or if the space's size is not known.

    >>> coverage(SPACES.get("nb201")(), 3), coverage(SPACES.get("nb201")(), 15_625)
    ('3 of 15,625', '')
    """
    return f"{archs:,} of {space.size:,}" if space.size_is_exact and archs < space.size else ""
