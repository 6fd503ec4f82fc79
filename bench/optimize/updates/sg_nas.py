"""SGNAS: a generator learns architectures of every cost from a supernet that is trained before."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from bench.allowed import Text, between, not_negative, positive
from bench.device.transfer import to_device
from bench.errors import RecipeError
from bench.optimize.halves import Halved, Halves, allowed_choices, gumbel, logged
from bench.optimize.updates import Batch, Trainer
from bench.slot import State, setting
from bench.spaces import Space
from bench.types import Choice, Genes, Mixture, PerArch

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.optim import Optimizer

    from bench.optimize.generator import Generator

PRIORS = 8
"""Architectures over which probabilities are a mean."""
MILLION = 1e6
"""The unit of costs in the loss."""
ABOVE = 1.2
"""Times the penalty of a cost above the wanted one; the source's, as the next."""
CLOSE = 0.1
"""Difference of costs, in millions, without a penalty."""
LEVELS = 256
"""Costs whose log-probabilities are computed at a time."""


class Generating(Halved):
    """The generator, its optimizer, and the `priors` [prior, decision] over which probabilities are a mean.

    The cost of an architecture in millions is `base` plus the `added` [decision, choice] of its choices, from `low` to
    `high`.
    """

    def __init__(
        self, generator: "Generator", optimizer: "Optimizer", space: Space, rng: np.random.Generator, cost: str
    ):
        super().__init__(space, rng)
        self.generator, self.optimizer = generator, optimizer
        device = next(generator.parameters()).device
        allowed = allowed_choices(space)
        self.allowed, self.priors = to_device(allowed, device), space.sample(rng, PRIORS)
        self.base, added = additive(space, cost)
        self.added = to_device(added.astype(np.float32), device)
        self.low = self.base + float(np.where(allowed, added, np.inf).min(axis=1).sum())
        self.high = self.base + float(np.where(allowed, added, -np.inf).max(axis=1).sum())

    def logits(self, priors: Genes, wanted: "Tensor") -> "Tensor":
        """Return [arch, decision, choice] for a cost from 0 to 1 beside each prior [arch, decision]."""
        from torch.nn import functional

        one_hot = functional.one_hot(to_device(priors.astype(np.int64), wanted.device), self.allowed.shape[1])
        return self.generator(one_hot.to(wanted.dtype), wanted).masked_fill(~self.allowed, -float("inf"))

    def state_dict(self) -> dict[str, Any]:
        own = {"generator": self.generator.state_dict(), "optimizer": self.optimizer.state_dict()}
        return super().state_dict() | copy.deepcopy(own)

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        super().load_state_dict(saved)
        self.generator.load_state_dict(saved["generator"])
        self.optimizer.load_state_dict(saved["optimizer"])


@dataclass(frozen=True, kw_only=True)
class SgNas(Halves):
    """The weights are trained with the paths that are drawn, then stand still while a generator learns.

    For the fraction `weights_for` of training the update is the usual one. After it, an update draws an architecture
    and a wanted cost; the generator's logits for both, by Gumbel-softmax, are the weights of a mixture, whose loss on
    images that the weights have not seen, plus `penalty` times the square of (cost - wanted cost) in millions, 1.2
    times that if the cost is too high and nothing within 0.1, steps the generator. The temperature falls from `hot` to
    `cold` by equal factors. `cost` names a cost of the space. An architecture's log-probability is that under its own
    cost.

    Source: Huang & Chu, Searching by generating (CVPR 2021), and its code, whose weights are trained strictly fairly
    and whose schedules are over 50 epochs each. Differs from it: the generator's size is ours; the cost of a mixture is
    that of its weights, in multiply-adds of the stand-alone network, which the source prints for a larger space; the
    paths of an update share one mixture when the generator learns, and its loss stands for each. The weights' schedule
    should end with them (`first-part`).
    """

    weights_for: float = setting(0.5, between(0, 1, above=True, below=True, unit="of all updates"))
    rate: float = setting(1e-3, positive())
    first_moment: float = setting(0.5, between(0, 1, below=True))
    second_moment: float = setting(0.999, between(0, 1, below=True))
    hot: float = setting(5.0, positive())
    cold: float = setting(0.4, positive())
    penalty: float = setting(3e-4, not_negative())
    cost: str = setting("flops", Text())

    def start(self, supernet: "nn.Module", space: Space, rng: np.random.Generator) -> State:
        import torch

        from bench.optimize.generator import Generator

        generator = Generator(rng).to(next(iter(supernet.parameters())).device)
        betas = (self.first_moment, self.second_moment)
        optimizer = torch.optim.Adam(generator.parameters(), lr=self.rate, betas=betas)
        return Generating(generator, optimizer, space, rng, self.cost)

    def trained(self, state: Halved, drawn: Choice, progress: float) -> Choice:
        return drawn

    def learn(self, state: Halved, trainer: Trainer, images: np.ndarray, trained: Batch) -> None:
        """Learn nothing while the weights do."""

    def step(self, state: State, trainer: Trainer, batches: Sequence[Batch]) -> "Tensor":
        import torch

        if trainer.progress < self.weights_for:
            return super().step(state, trainer, batches)
        own = cast(Generating, state)
        learned_on = self.parts(own, len(trainer.images))[1]
        images = own.rng.choice(learned_on, len(batches[0].images))
        wanted = float(own.rng.random())
        mixture = Mixture(self.mixed(own, wanted, trainer.progress))
        loss = trainer.losses(Batch(choices=[mixture], images=images), [mixture])[0]
        whole = loss + self.too_far(own, mixture.weights, wanted)
        parameters = list(own.generator.parameters())
        for one, gradient in zip(parameters, torch.autograd.grad(whole, parameters), strict=True):
            one.grad = gradient
        own.optimizer.step()
        own.optimizer.zero_grad()
        return loss.detach().expand(sum(len(batch.choices) for batch in batches))

    def mixed(self, own: Generating, wanted: float, progress: float) -> "Tensor":
        """Return the weights of a mixture [decision, choice] for a random architecture and a cost from 0 to 1."""
        import torch

        asked = torch.tensor([wanted], device=own.added.device)
        logits = own.logits(own.space.sample(own.rng, 1), asked)[0].log_softmax(dim=1)
        done = (progress - self.weights_for) / (1 - self.weights_for)
        temperature = self.hot * (self.cold / self.hot) ** done
        return ((logits + gumbel(own.rng, logits)) / temperature).softmax(dim=1)

    def too_far(self, own: Generating, weights: "Tensor", wanted: float) -> "Tensor":
        """Return the penalty of a mixture whose cost is not the wanted one."""
        difference = own.base + (weights * own.added).sum() - (own.low + wanted * (own.high - own.low))
        if abs(float(difference.detach())) <= CLOSE:
            return 0 * difference
        return self.penalty * (ABOVE if float(difference.detach()) > 0 else 1.0) * difference.square()

    def log_probability(self, state: State, genes: Genes) -> PerArch | None:
        """Return the log of the mean probability over the priors, given the cost of each architecture."""
        import torch

        own = cast(Generating, state)
        costs, level = np.unique(cost_of(own.space, genes, self.cost) / MILLION, return_inverse=True)
        wanted = to_device(((costs - own.low) / (own.high - own.low)).astype(np.float32), own.added.device)
        found = []
        with torch.no_grad():
            for start in range(0, len(costs), LEVELS):
                rows = np.flatnonzero((level >= start) & (level < start + LEVELS))
                every = self.given(own, wanted[start : start + LEVELS])[level[rows] - start]
                chosen = to_device(genes[rows].astype(np.int64), every.device)[:, None, :, None]
                of_prior = every.gather(3, chosen.expand(-1, PRIORS, -1, 1)).double().sum(dim=(2, 3))
                found.append((rows, (of_prior.logsumexp(dim=1) - np.log(PRIORS)).cpu().numpy()))
        result = np.empty(len(genes))
        for rows, values in found:
            result[rows] = values
        return result

    def given(self, own: Generating, wanted: "Tensor") -> "Tensor":
        """Return log-probabilities [cost, prior, decision, choice] for costs from 0 to 1."""
        priors = np.tile(own.priors, (len(wanted), 1))
        logits = own.logits(priors, wanted.repeat_interleave(PRIORS))
        return logits.log_softmax(dim=2).unflatten(0, (len(wanted), PRIORS))

    def learned(self, state: State) -> dict[str, Any]:
        """Return the probabilities of choices at the middle of the costs, the mean over the priors."""
        import torch

        own = cast(Generating, state)
        with torch.no_grad():
            middle = self.given(own, torch.tensor([0.5], device=own.added.device))[0]
        return {"probabilities": logged(middle.exp().mean(dim=0))}


def cost_of(space: Space, genes: Genes, cost: str) -> PerArch:
    """Return a cost of architectures; raises `RecipeError` if the space does not compute it."""
    costs = space.costs(genes)
    if cost not in costs:
        raise RecipeError(
            f"sg-nas.cost is '{cost}', which space '{space.slot_name()}' does not compute; allowed: {', '.join(costs)}"
        )
    return costs[cost]


def additive(space: Space, cost: str) -> tuple[float, np.ndarray]:
    """Return the cost of the smallest architecture in millions, and what each choice adds [decision, choice].

    Raises `RecipeError` if one choice alone cannot be changed, or no choice changes the cost.
    """
    smallest, allowed = space.extremes()[0], allowed_choices(space)
    places = np.argwhere(allowed)
    genes = np.tile(smallest, (len(places), 1))
    genes[np.arange(len(places)), places[:, 0]] = places[:, 1]
    if not space.valid(genes).all():
        raise RecipeError(
            f"sg-nas takes each decision by itself, but some choices of space '{space.slot_name()}' are only valid "
            "together; allowed: a space in which any one choice can be changed, or another update"
        )
    base = float(cost_of(space, smallest[None], cost)[0]) / MILLION
    added = np.zeros(allowed.shape)
    added[tuple(places.T)] = cost_of(space, genes, cost) / MILLION - base
    if not added.any():
        raise RecipeError(f"sg-nas.cost is '{cost}', which is that of every architecture of '{space.slot_name()}'")
    return base, added
