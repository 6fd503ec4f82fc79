"""DARTS, second order: the parameters' gradient through one step of the weights, by finite differences."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from bench.allowed import positive
from bench.optimize.bilevel import Learned, descend
from bench.optimize.halves import Halved
from bench.optimize.updates import Batch, Trainer
from bench.optimize.updates.darts_first_order import DartsFirstOrder
from bench.slot import setting

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class DartsSecondOrder(DartsFirstOrder):
    """DARTS whose parameters descend the loss after one more step of the weights, w' = w - rate * direction.

    The direction is that of SGD with momentum, without Nesterov's. The term through w', a product with a matrix of
    second derivatives, is a central difference of the gradient of the training loss at w + R v and w - R v, where v is
    the gradient of the other loss at w' and R is `radius` / |v|. An update costs five mixtures where first order costs
    two. The images of an update are shifted, flipped and dropped alike at all points. Source: Liu et al., DARTS (ICLR
    2019), section 2.3 and its code.
    """

    radius: float = setting(0.01, positive())

    def learn(self, state: Halved, trainer: Trainer, images: np.ndarray, trained: Batch) -> None:
        import torch

        learned = cast(Learned, state)
        parameters = learned.parameters
        weights = [weight for weight in trainer.supernet.parameters() if weight.requires_grad]
        draws = positions(trainer.streams)

        def loss(of: np.ndarray) -> "Tensor":
            choice = self.asked(learned, trainer.progress)
            return trainer.losses(Batch(choices=[choice], images=of), [choice])[0]

        def training_loss() -> "Tensor":
            go_to(trainer.streams, draws)
            return loss(trained.images)

        rate, directions = steps(trainer.optimizer, weights, _gradients(training_loss(), weights))
        with moved(weights, directions, -rate):
            of_parameters, *of_weights = _gradients(loss(images), [parameters, *weights])
        afterwards = positions(trainer.streams)
        norm = float(torch.stack([gradient.square().sum() for gradient in of_weights]).sum().sqrt())
        if norm > 0:
            radius = self.radius / norm
            with moved(weights, of_weights, radius):
                (above,) = _gradients(training_loss(), [parameters])
            with moved(weights, of_weights, -radius):
                (below,) = _gradients(training_loss(), [parameters])
            of_parameters = of_parameters - rate * (above - below) / (2 * radius)
        go_to(trainer.streams, afterwards)
        descend(learned, [of_parameters])


def positions(streams: Mapping[str, np.random.Generator]) -> dict[str, Any]:
    """Return where every stream is."""
    return {name: rng.bit_generator.state for name, rng in streams.items()}


def go_to(streams: Mapping[str, np.random.Generator], found: Mapping[str, Any]) -> None:
    """Have every stream draw from a position on."""
    for name, rng in streams.items():
        rng.bit_generator.state = found[name]


def _gradients(loss: "Tensor", of: "Sequence[Tensor]") -> "list[Tensor]":
    """Return the gradients of a loss, zeros for what it does not depend on."""
    import torch

    found = torch.autograd.grad(loss, of, allow_unused=True)
    return [torch.zeros_like(one) if gradient is None else gradient for one, gradient in zip(of, found, strict=True)]


def steps(
    optimizer: "torch.optim.Optimizer", weights: "Sequence[Tensor]", gradients: "Sequence[Tensor]"
) -> "tuple[float, list[Tensor]]":
    """Return the learning rate, and the direction of each weight: momentum * buffer + gradient + decay * weight."""
    (group,) = optimizer.param_groups
    momentum, decay = group.get("momentum", 0.0), group.get("weight_decay", 0.0)
    found = []
    for weight, gradient in zip(weights, gradients, strict=True):
        buffer = optimizer.state.get(weight, {}).get("momentum_buffer")
        direction = gradient + decay * weight.detach()
        found.append(direction if buffer is None else direction + momentum * buffer)
    return float(group["lr"]), found


@contextmanager
def moved(weights: "Sequence[Tensor]", directions: "Sequence[Tensor]", by: float) -> Iterator[None]:
    """Have the weights at `weights + by * directions` within the block, and exactly where they were after it."""
    import torch

    before = [weight.detach().clone() for weight in weights]
    try:
        with torch.no_grad():
            for weight, direction in zip(weights, directions, strict=True):
                weight.add_(direction, alpha=by)
        yield
    finally:
        with torch.no_grad():
            for weight, kept in zip(weights, before, strict=True):
                weight.copy_(kept)
