"""Types shared by several stages."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float, Int8, Shaped

if TYPE_CHECKING:
    from torch import Tensor

Arch = tuple[int, ...]
"""One architecture: the index of the choice taken at each decision of its space."""

Genes = Int8[np.ndarray, "arch decision"]
"""Many architectures, one row each."""

PerArch = Float[np.ndarray, "arch"]
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
    """

    weights: "Tensor"


@dataclass(frozen=True)
class Copied:
    """An architecture, and the copy of its choice's weights that it uses at each decision (local sharing)."""

    arch: Arch
    copies: tuple[int, ...]


Choice = Arch | PerCell | Mixture | Copied
"""What a supernet's forward pass takes."""

SCORES = ("accuracy", "negative-cross-entropy")
"""The values by which a supernet may rank architectures."""
