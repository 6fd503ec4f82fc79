"""The base of methods that learn a weight for every choice, by gradients through mixtures of the operations."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from bench.allowed import between, not_negative, positive
from bench.device.transfer import to_device
from bench.optimize.halves import Halved, Halves, allowed_choices, logged
from bench.optimize.updates import Batch, Trainer
from bench.slot import State, setting
from bench.spaces import Space
from bench.types import Choice, Genes, Mixture, PerArch

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.optim import Optimizer


class Learned(Halved):
    """Architecture parameters and the optimizer that steps them.

    `parameters` [decision, choice] has a number for every choice; `allowed` [decision, choice] says which of them the
    space has.
    """

    def __init__(self, parameters: "nn.Parameter", optimizer: "Optimizer", space: Space, rng: np.random.Generator):
        super().__init__(space, rng)
        self.parameters, self.optimizer = parameters, optimizer
        self.allowed = to_device(allowed_choices(space), parameters.device)

    def logits(self) -> "Tensor":
        """Return the parameters, minus infinity for a choice that the space does not allow."""
        return self.parameters.masked_fill(~self.allowed, -float("inf"))

    def state_dict(self) -> dict[str, Any]:
        own = {"parameters": self.parameters.detach().clone(), "optimizer": self.optimizer.state_dict()}
        return super().state_dict() | own

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        super().load_state_dict(saved)
        self.parameters.data.copy_(saved["parameters"])
        self.optimizer.load_state_dict(saved["optimizer"])


@dataclass(frozen=True, kw_only=True)
class Bilevel(Halves):
    """An update of the weights on one part of the training images, then one of architecture parameters on the other.

    The paths that are drawn only count: each is replaced by what the method trains, a mixture of all operations unless
    it says otherwise. A mixture computes every operation, five times as many as a path in NAS-Bench-201.

    The parameters start at `scale` times normal numbers and are stepped by Adam with `rate`, the moments `first_moment`
    and `second_moment`, and `weight_decay`. Source: AutoDL, exps/NATS-algos/search-cell.py.
    """

    rate: float = setting(3e-4, positive())
    first_moment: float = setting(0.5, between(0, 1, below=True))
    second_moment: float = setting(0.999, between(0, 1, below=True))
    weight_decay: float = setting(1e-3, not_negative())
    scale: float = setting(1e-3, not_negative())

    def start(self, supernet: "nn.Module", space: Space, rng: np.random.Generator) -> State:
        import torch

        device = next(iter(supernet.parameters())).device
        drawn = self.scale * rng.standard_normal(allowed_choices(space).shape)
        parameters = torch.nn.Parameter(to_device(drawn.astype(np.float32), device))
        optimizer = torch.optim.Adam(
            [parameters],
            lr=self.rate,
            betas=(self.first_moment, self.second_moment),
            weight_decay=self.weight_decay,
        )
        return Learned(parameters, optimizer, space, rng)

    @abstractmethod
    def weights(self, learned: Learned, progress: float) -> "Tensor":
        """Return the weights [decision, choice] of a mixture, with gradients for the architecture parameters."""

    def trained(self, state: Halved, drawn: Choice, progress: float) -> Choice:
        return Mixture(self.weights(cast(Learned, state), progress).detach())

    def asked(self, learned: Learned, progress: float) -> Choice:
        """Return what the architecture parameters are trained with."""
        return Mixture(self.weights(learned, progress))

    def penalty(self, learned: Learned) -> "Tensor | float":
        """Return what is added to the loss of the architecture parameters."""
        return 0.0

    def learn(self, state: Halved, trainer: Trainer, images: np.ndarray, trained: Batch) -> None:
        """Step the architecture parameters."""
        import torch

        learned = cast(Learned, state)
        choice = self.asked(learned, trainer.progress)
        loss = trainer.losses(Batch(choices=[choice], images=images), [choice])[0] + self.penalty(learned)
        (gradient,) = torch.autograd.grad(loss, [learned.parameters])
        descend(learned, gradient)

    def log_weights(self, learned: Learned) -> "Tensor":
        """Return the log-probability (nats) of every choice of every decision, [decision, choice]."""
        return learned.logits().log_softmax(dim=1)

    def log_probability(self, state: State, genes: Genes) -> PerArch | None:
        """Return the sum over decisions of the log-probability of the choice taken."""
        found = self.log_weights(cast(Learned, state)).detach().double().cpu().numpy()
        return cast(PerArch, found[np.arange(genes.shape[1]), genes].sum(axis=1))

    def learned(self, state: State) -> dict[str, Any]:
        found = cast(Learned, state)
        probabilities = self.log_weights(found).exp().masked_fill(~found.allowed, 0.0)
        return {"architecture_parameters": logged(found.parameters), "probabilities": logged(probabilities)}


def descend(learned: Learned, gradient: "Tensor") -> None:
    """Step the architecture parameters along a gradient [decision, choice], and leave none behind."""
    learned.parameters.grad = gradient
    learned.optimizer.step()
    learned.parameters.grad = None
