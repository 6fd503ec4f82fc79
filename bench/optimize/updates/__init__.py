"""How one update is made; one file per kind of update."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from bench.registry import Registry
from bench.slot import Slot, State
from bench.types import Choice

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Sub-networks trained on the same images; `images` [image] holds indices of training images."""

    choices: Sequence[Choice]
    images: np.ndarray


class Trainer(Protocol):
    """The part of a training that an update may use."""

    @property
    def supernet(self) -> "nn.Module":
        """The supernet being trained."""

    def losses(self, batch: Batch, update: Sequence[Choice]) -> "list[Tensor]":
        """Return the loss of each sub-network of a batch; `update` holds all sub-networks of the update."""

    def scales(self, choices: Sequence[Choice]) -> list[float]:
        """Return the factor of the gradient of each sub-network of an update."""

    @property
    def progress(self) -> float:
        """The fraction of training done, in updates."""

    @property
    def rng(self) -> np.random.Generator:
        """The stream of what an update draws by itself; no other part of the training draws from it."""

    @property
    def rate(self) -> float:
        """The learning rate of the latest step of the optimizer."""

    def descend(self) -> None:
        """Clip the gradients that have accumulated, set the learning rate, and step the optimizer."""


@dataclass(frozen=True, kw_only=True)
class Update(Slot, ABC):
    """How one update changes the weights, and anything else that is learned (architecture parameters, assignments).

    `sizes` holds the values of open settings by the name of the preset that fills them in.
    """

    sizes: ClassVar[Mapping[str, Mapping[str, Any]]] = {}

    @property
    def copies(self) -> int | None:
        """Return the number of copies of each choice's weights in the supernet; None: a supernet without copies."""
        return None

    def start(self, supernet: "nn.Module") -> State:
        """Return the state kept from update to update."""
        return State()

    @abstractmethod
    def step(self, state: State, trainer: Trainer, batches: Sequence[Batch]) -> "Tensor":
        """Make one update with the sub-networks of all batches; return their losses [path] without gradients."""


UPDATES: Registry[type[Update]] = Registry("updates", "bench.optimize.updates", Update)
