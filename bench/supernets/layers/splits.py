"""Which architectures of a few-shot supernet share weights after the split."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Int

from bench.errors import RecipeError, unknown_name
from bench.spaces import Space
from bench.types import Genes

if TYPE_CHECKING:
    from bench.supernets import Construct

Numbers = Int[np.ndarray, "arch"]


@dataclass(frozen=True)
class Groups:
    """`count` groups of architectures; `of` returns the number of each one's group, from 0.

    Architectures of one canonical form are in the same group.
    """

    count: int
    of: Callable[[Genes], Numbers]


def groups_of(construct: "Construct", space: Space) -> Groups:
    """Return the groups into which a construct splits a space; raises `RecipeError` if there is nothing to split."""
    if construct.split_by == "nonlinear":
        return _by_nonlinear(construct, space)
    decision = construct.split
    assert decision is not None, "asked for only if the construct splits"
    name = f"{construct.slot_name()}.split"
    if decision >= space.decisions:
        raise RecipeError(f"{name} is {decision}; allowed: 0 to {space.decisions - 1}, the decisions")
    kept, names = space.allowed[decision], space.choices[decision]
    if construct.split_choice is not None:
        known = {names[choice]: choice for choice in kept}
        if construct.split_choice not in known:
            raise unknown_name("choice", construct.split_choice, list(known), f"{name}_choice is one of the split")
        one = known[construct.split_choice]
        return Groups(2, lambda genes: (space.canonical(genes)[:, decision] == one).astype(np.int64))
    number = np.zeros(len(names), dtype=np.int64)  # a choice that stands for a dead one may be masked: the first group
    number[list(kept)] = np.arange(len(kept))
    return Groups(len(kept), lambda genes: number[space.canonical(genes)[:, decision]])


def _by_nonlinear(construct: "Construct", space: Space) -> Groups:
    """Return a group for every number of nonlinear operations that occurs."""
    name = f"{construct.slot_name()}.split"
    if construct.split is not None or construct.split_choice is not None:
        raise RecipeError(f"{name}_by is nonlinear, which names no decision; leave out split and split_choice")

    def counted(genes: Genes) -> Numbers:
        found = space.nonlinear(genes)
        if found is None:
            raise RecipeError(
                f"{name}_by is nonlinear, but space '{space.slot_name()}' counts no nonlinear operations; allowed: "
                "decision, or a space with `nonlinear`"
            )
        return found

    counted(space.extremes())  # before a space is listed that counts none
    numbers = np.unique(counted(space.enumerate()))
    if len(numbers) < 2:
        raise RecipeError(f"{name}_by is nonlinear, but all of space '{space.slot_name()}' have {numbers[0]}")
    return Groups(len(numbers), lambda genes: np.searchsorted(numbers, counted(genes)))
