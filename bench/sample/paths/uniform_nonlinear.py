"""Architectures spread evenly over their numbers of nonlinear operations."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bench.allowed import at_least
from bench.errors import RecipeError
from bench.sample.paths import Paths
from bench.slot import setting
from bench.spaces import Space
from bench.types import Genes


@lru_cache(maxsize=8)
def by_number(space: Space) -> tuple[Genes, ...]:
    """Return the architectures of a space by their number of nonlinear operations, one array for each that occurs.

    Raises `RecipeError` for a space that counts none or cannot be listed.
    """
    if space.nonlinear(space.extremes()) is None:
        raise RecipeError(
            f"space '{space.slot_name()}' counts no nonlinear operations, so 'uniform-nonlinear' cannot draw from it; "
            "allowed: a space with `nonlinear`, or other paths"
        )
    genes = space.enumerate()
    numbers = np.asarray(space.nonlinear(genes))
    return tuple(genes[numbers == number] for number in np.unique(numbers))


@dataclass(frozen=True, kw_only=True)
class UniformNonlinear(Paths):
    """`count` architectures per update, whose number of nonlinear operations is uniform over those that occur.

    Within a number all architectures are equally likely, so that every supernet of a split by that number
    (`split_by` "nonlinear") is trained equally often. Source: EFS-NAS (AAAI 2025), supernet-balanced sampling. Differs
    from it: numbers are drawn, not taken in turn.
    """

    count: int = setting(1, at_least(1, "paths per update"))

    def per_update(self, space: Space) -> int:
        return self.count

    def draw(self, space: Space, rng: np.random.Generator) -> Genes:
        groups = by_number(space)
        drawn = [groups[rng.integers(len(groups))] for _ in range(self.count)]
        return np.stack([group[rng.integers(len(group))] for group in drawn])
