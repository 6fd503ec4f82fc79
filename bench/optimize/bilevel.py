"""The base of methods that learn a weight for every choice, by gradients through mixtures of the operations."""

from abc import abstractmethod
from collections.abc import Sequence
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


FAR = -1e4
"""A logit without effect; minus infinity alone would have no gradient."""


class Learned(Halved):
    """Architecture parameters and the optimizer that steps them.

    `parameters` [decision, choice] has a number for every choice; `allowed` [decision, choice] says which of them the
    space has. A method with other parameters overrides `every`, all that the optimizer steps.

    In a space whose decisions choose edges too (`Space.edges`), decisions about the same edges share the parameters of
    the first, and `sharing` [decision] is their number; elsewhere it is 1.
    """

    def __init__(self, parameters: "nn.Parameter", optimizer: "Optimizer", space: Space, rng: np.random.Generator):
        super().__init__(space, rng)
        self.parameters, self.optimizer = parameters, optimizer
        self.allowed = to_device(allowed_choices(space), parameters.device)
        edges = space.edges()
        self.edges: np.ndarray | None = None if edges is None else edges[:, : parameters.shape[1]]
        self.first, self.sharing = np.arange(space.decisions), np.ones((space.decisions, 1), dtype=np.float32)
        if self.edges is not None:
            equal = (self.edges[:, None] == self.edges[None]).all(axis=2)
            self.first, self.sharing = equal.argmax(axis=1), equal.sum(axis=1, keepdims=True).astype(np.float32)

    @property
    def every(self) -> "list[nn.Parameter]":
        """Return all parameters."""
        return [self.parameters]

    def logits(self) -> "Tensor":
        """Return the parameters, minus infinity for a choice that the space does not allow."""
        return self.parameters.masked_fill(~self.allowed, -float("inf"))

    def log_shares(self) -> "Tensor":
        """Return the log-softmax over the operations of each edge, [decision, choice]."""
        if self.edges is None:
            return self.logits().log_softmax(dim=1)
        edges, device = to_device(self.edges, self.parameters.device), self.parameters.device
        values = self.parameters[to_device(self.first, device)]
        rivals = (edges[:, :, None] == edges[:, None, :]) & self.allowed[:, None, :]
        total = values[:, None, :].masked_fill(~rivals, FAR).logsumexp(dim=2)
        return (values - total).masked_fill(~self.allowed, -float("inf"))

    def state_dict(self) -> dict[str, Any]:
        own = [one.detach().clone() for one in self.every]
        rest = {"others": own[1:]} if own[1:] else {}
        return super().state_dict() | {"parameters": own[0], "optimizer": self.optimizer.state_dict()} | rest

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        super().load_state_dict(saved)
        for one, value in zip(self.every, [saved["parameters"], *saved.get("others", [])], strict=True):
            one.data.copy_(value)
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
        parameters = self.drawn(supernet, rng, *allowed_choices(space).shape)
        return Learned(parameters, self.adam([parameters]), space, rng)

    def drawn(self, supernet: "nn.Module", rng: np.random.Generator, *shape: int) -> "nn.Parameter":
        """Return new parameters on the supernet's device."""
        import torch

        device = next(iter(supernet.parameters())).device
        return torch.nn.Parameter(to_device((self.scale * rng.standard_normal(shape)).astype(np.float32), device))

    def adam(self, parameters: "list[nn.Parameter]") -> "Optimizer":
        """Return the optimizer of parameters."""
        import torch

        betas = (self.first_moment, self.second_moment)
        return torch.optim.Adam(parameters, lr=self.rate, betas=betas, weight_decay=self.weight_decay)

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
        descend(learned, torch.autograd.grad(loss, learned.every))

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


def descend(learned: Learned, gradients: "Sequence[Tensor]") -> None:
    """Step the architecture parameters along the gradient of each, and leave none behind."""
    for one, gradient in zip(learned.every, gradients, strict=True):
        one.grad = gradient
    learned.optimizer.step()
    for one in learned.every:
        one.grad = None
