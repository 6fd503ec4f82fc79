"""How one update is made; one file per kind of update."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from bench.registry import Registry
from bench.slot import Slot, State
from bench.spaces import Space
from bench.types import Choice, Genes, PerArch

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.optim import Optimizer


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

    @property
    def images(self) -> Sized:
        """The training images."""

    @property
    def progress(self) -> float:
        """The fraction of training done, in updates."""

    @property
    def optimizer(self) -> "Optimizer":
        """The optimizer of the weights."""

    @property
    def streams(self) -> Mapping[str, np.random.Generator]:
        """The random streams of the training, such as that of the augmentation."""

    def losses(self, batch: Batch, update: Sequence[Choice]) -> "list[Tensor]":
        """Return the loss of each sub-network of a batch; `update` holds all sub-networks of the update."""

    def accuracies(self, batch: Batch) -> "Tensor":
        """Return the fraction of a batch's images that each sub-network classifies correctly [path], no gradients."""

    def scales(self, choices: Sequence[Choice]) -> list[float]:
        """Return the factor of the gradient of each sub-network of an update."""

    def descend(self) -> None:
        """Clip the gradients that have accumulated, set the learning rate, and step the optimizer."""


@dataclass(frozen=True, kw_only=True)
class Update(Slot, ABC):
    """How one update changes the weights, and anything else that is learned (architecture parameters, assignments).

    `sizes` holds the values of open settings by the name of the preset that fills them in. `tiny` holds settings with
    which the trainings of the contract suite are short, for an update whose defaults make them long.
    """

    sizes: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    tiny: ClassVar[Mapping[str, Any]] = {}

    @property
    def copies(self) -> int | None:
        """Return the number of copies of each choice's weights in the supernet; None: a supernet without copies."""
        return None

    def start(self, supernet: "nn.Module", space: Space, rng: np.random.Generator) -> State:
        """Return the state kept from update to update; a state that draws keeps `rng` and its position."""
        return State()

    @abstractmethod
    def step(self, state: State, trainer: Trainer, batches: Sequence[Batch]) -> "Tensor":
        """Make one update with the sub-networks of all batches; return their losses [path] without gradients."""

    def log_probability(self, state: State, genes: Genes) -> PerArch | None:
        """Return the log-probability of architectures (nats) under what was learned, None if nothing ranks them."""
        return None

    def learned(self, state: State) -> dict[str, Any]:
        """Return what the training log keeps of the state after every epoch, as JSON; empty for nothing."""
        return {}


UPDATES: Registry[type[Update]] = Registry("updates", "bench.optimize.updates", Update)
