"""Types shared by several stages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Int, Int8, Shaped

if TYPE_CHECKING:
    from torch import Tensor

Arch = tuple[int, ...]
"""One architecture: the index of the choice taken at each decision of its space."""

Genes = Int8[np.ndarray, "arch decision"]
"""Many architectures, one row each."""

PerArch = Float[np.ndarray, "arch"]
Functions = Int[np.ndarray, "arch"]
"""The number of the function that each architecture computes: equal for those that compute the same one."""
Flags = Bool[np.ndarray, "arch"]
Keys = Shaped[np.ndarray, "arch"]
"""Architectures as byte strings of equal length; see `Space.keys`."""


@dataclass(frozen=True)
class PerCell:
    """A network whose cells differ: one architecture per cell, in order from the input."""

    archs: tuple[Arch, ...]


@dataclass(frozen=True, eq=False)
class Mixture:
    """A network in which every choice of a decision takes part, multiplied by its weight.

    `weights` [decision, choice] are the same in every cell; a choice that is masked or has no operation adds nothing.
    With `only`, the operations of this architecture alone are computed. Every other allowed choice adds its weight as a
    number, so that the weight has a gradient. Source: the code of GDAS. `beside` [decision] multiplies what goes past
    the operations of a decision, in a supernet whose operations act on a part of the channels; None: 1.
    """

    weights: "Tensor"
    only: Arch | None = None
    beside: "Tensor | None" = None

    def parts(self, decision: int, allowed: Sequence[int]) -> "tuple[Sequence[int], Tensor | float]":
        """Return the choices of a decision that are computed, and the sum of the weights of the others."""
        if self.only is None:
            return allowed, 0.0
        others = [choice for choice in allowed if choice != self.only[decision]]
        return (self.only[decision],), self.weights[decision, others].sum()


@dataclass(frozen=True)
class Copied:
    """An architecture, and the copy of its choice's weights that it uses at each decision (local sharing)."""

    arch: Arch
    copies: tuple[int, ...]


Choice = Arch | PerCell | Mixture | Copied
"""What a supernet's forward pass takes."""

SCORES = ("accuracy", "negative-cross-entropy", "log-probability")
"""The values by which a supernet may rank architectures; the last only if its update learns probabilities."""
