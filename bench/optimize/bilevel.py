"""The base of gradient methods: weights learn on one half of the images, architecture parameters on the other."""

import json
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from bench.allowed import between, not_negative, positive
from bench.device.transfer import to_device
from bench.errors import RecipeError
from bench.optimize.updates import Batch, Trainer
from bench.optimize.updates.one_level import OneLevel
from bench.slot import State, setting
from bench.spaces import Space
from bench.types import Choice, Genes, Mixture, PerArch

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.optim import Optimizer

DIGITS = 5
"""Decimals of an architecture parameter in the training log."""


class Learned(State):
    """Architecture parameters, the optimizer that steps them, and the halves of the training images.

    `parameters` [decision, choice] has a number for every choice; `allowed` [decision, choice] says which of them the
    space has. `order` [image] is a permutation of the training images, whose two halves are those of weights and of
    architecture parameters; None before the first update.
    """

    def __init__(self, parameters: "nn.Parameter", optimizer: "Optimizer", space: Space, rng: np.random.Generator):
        self.parameters, self.optimizer, self.space, self.rng = parameters, optimizer, space, rng
        self.allowed = to_device(allowed_choices(space), parameters.device)
        self.order: np.ndarray | None = None

    def logits(self) -> "Tensor":
        """Return the parameters, minus infinity for a choice that the space does not allow."""
        return self.parameters.masked_fill(~self.allowed, -float("inf"))

    def state_dict(self) -> dict[str, Any]:
        return {
            "parameters": self.parameters.detach().clone(),
            "optimizer": self.optimizer.state_dict(),
            "order": None if self.order is None else self.order.tolist(),
            "stream": json.dumps(self.rng.bit_generator.state),
        }

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        self.parameters.data.copy_(saved["parameters"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.order = None if saved["order"] is None else np.array(saved["order"])
        self.rng.bit_generator.state = json.loads(saved["stream"])


def allowed_choices(space: Space) -> np.ndarray:
    """Return which choices a space allows, [decision, choice]; choices that it masks count as columns too."""
    found = np.zeros((space.decisions, max(map(max, space.allowed)) + 1), dtype=bool)
    for decision, kept in enumerate(space.allowed):
        found[decision, list(kept)] = True
    return found


@dataclass(frozen=True, kw_only=True)
class Bilevel(OneLevel):
    """An update of the weights on one part of the training images, then one of architecture parameters on the other.

    The paths that are drawn only count: each is replaced by what the method trains, a mixture of all operations unless
    it says otherwise. The images drawn for an update are mapped to the part of the weights, so that an epoch shows each
    of them equally often; the architecture parameters see as many images, drawn with replacement from their part.
    A mixture computes every operation, five times as many as a path in NAS-Bench-201.

    `share` is the part of the images for the weights. The parameters start at `scale` times normal numbers and are
    stepped by Adam with `rate`, the moments `first_moment` and `second_moment`, and `weight_decay`. Source: AutoDL,
    exps/NATS-algos/search-cell.py. Differs from it: both parts are drawn anew for every seed.
    """

    share: float = setting(0.5, between(0, 1, above=True, below=True))
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

    def step(self, state: State, trainer: Trainer, batches: Sequence[Batch]) -> "Tensor":
        learned = cast(Learned, state)
        weights_on, parameters_on = self.parts(learned, len(trainer.images))
        own = [
            replace(
                batch,
                choices=[self.trained(learned, choice, trainer.progress) for choice in batch.choices],
                images=weights_on[batch.images % len(weights_on)],
            )
            for batch in batches
        ]
        losses = super().step(state, trainer, own)
        images = learned.rng.choice(parameters_on, len(batches[0].images))
        self.learn(learned, trainer, images, own[0])
        return losses

    def parts(self, learned: Learned, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the indices of the images of the weights and of the architecture parameters, drawn once.

        Raises `RecipeError` if one of them would be empty.
        """
        first = int(self.share * count)
        if not 0 < first < count:
            raise RecipeError(
                f"{self.slot_name()}.share is {self.share:g} of {count} training images, which leaves none for one of "
                "two: weights and architecture parameters; allowed: a share that leaves both some, or more images.train"
            )
        if learned.order is None:
            learned.order = learned.rng.permutation(count)
        return learned.order[:first], learned.order[first:]

    @abstractmethod
    def weights(self, learned: Learned, progress: float) -> "Tensor":
        """Return the weights [decision, choice] of a mixture, with gradients for the architecture parameters."""

    def trained(self, learned: Learned, drawn: Choice, progress: float) -> Choice:
        """Return what the weights are trained with, in place of a path that was drawn."""
        return Mixture(self.weights(learned, progress).detach())

    def asked(self, learned: Learned, progress: float) -> Choice:
        """Return what the architecture parameters are trained with."""
        return Mixture(self.weights(learned, progress))

    def penalty(self, learned: Learned) -> "Tensor | float":
        """Return what is added to the loss of the architecture parameters."""
        return 0.0

    def learn(self, learned: Learned, trainer: Trainer, images: np.ndarray, trained: Batch) -> None:
        """Step the architecture parameters on `images`; `trained` is the batch that the weights were trained with."""
        import torch

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
        rows = cast(Learned, state).parameters.detach().cpu().double().numpy().round(DIGITS).tolist()
        return {"architecture_parameters": rows}


def descend(learned: Learned, gradient: "Tensor") -> None:
    """Step the architecture parameters along a gradient [decision, choice], and leave none behind."""
    learned.parameters.grad = gradient
    learned.optimizer.step()
    learned.parameters.grad = None


def gumbel(rng: np.random.Generator, logits: "Tensor") -> "Tensor":
    """Return standard Gumbel numbers in the shape of `logits`."""
    return to_device(rng.gumbel(size=tuple(logits.shape)).astype(np.float32), logits.device)


def until_valid(space: Space, draw: Callable[[], Any], arch_of: Callable[[Any], Sequence[int]]) -> Any:
    """Return the first of what is drawn whose architecture belongs to the space."""
    while True:
        drawn = draw()
        if space.valid(np.array([arch_of(drawn)], dtype=np.int8))[0]:
            return drawn
