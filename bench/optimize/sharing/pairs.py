"""The step of a pair of architectures (Eq. 8), and what it teaches the meta networks (Eq. 12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.device.transfer import to_device
from bench.optimize.sharing.matching import Layer
from bench.optimize.sharing.state import Sharing
from bench.optimize.updates import Batch, Trainer
from bench.types import Choice, Copied

if TYPE_CHECKING:
    from torch import Tensor

    Entering = dict[Layer, Tensor]


@dataclass(frozen=True)
class Given:
    """A gradient given from one sub-network to another in a layer, for the meta step."""

    layer: Layer
    to: Copied
    images: np.ndarray
    factor: float
    gradient: "list[Tensor | None]"
    one: "Tensor"
    other: "Tensor"


def pair_step(state: Sharing, trainer: Trainer, batches: Sequence[Batch], learning: int | None) -> "list[Tensor]":
    """Make one update; while the layer of a decision is being learned, with partners. Return the losses per batch."""
    paths = [choice for batch in batches for choice in batch.choices]
    scales = iter(trainer.scales(paths))
    members = [[state.member(choice) for choice in batch.choices] for batch in batches]
    ones = [[state.in_training(arch) for arch in archs] for archs in members]
    update: list[Choice] = [one for each in ones for one in each]
    found, given = [], []
    for batch, named in zip(batches, ones, strict=True):
        losses, gifts = _backward(state, trainer, batch, named, update, [next(scales) for _ in named], learning)
        found.append(losses)
        given += gifts
    trainer.descend()
    if learning is not None and given:
        state.pair_updates += 1
        if state.settings.degree is None and state.pair_updates % state.settings.meta_every == 0:
            for gift in given:
                if gift.layer[0] == learning:
                    learn(state, trainer, gift)
    return found


def _backward(
    state: Sharing,
    trainer: Trainer,
    batch: Batch,
    ones: list[Copied],
    update: list[Choice],
    scales: list[float],
    learning: int | None,
) -> "tuple[Tensor, list[Given]]":
    """Add the gradients of a batch to the weights; return its paths' losses and what was given."""
    import torch

    partners = [_partner(state, one, learning) for one in ones]
    others = [other for other in partners if other is not None]
    place = dict(
        zip(
            [index for index, other in enumerate(partners) if other],
            range(len(ones), len(ones) + len(others)),
            strict=True,
        )
    )
    asked = [*ones, *others]
    state.supernet.seen = {} if others else None
    try:
        losses = trainer.losses(Batch(choices=asked, images=batch.images), update)
        seen: dict[Copied, Entering] = state.supernet.seen or {}
    finally:
        state.supernet.seen = None
    directed = [(index, place[index], scales[index]) for index in place]
    trained, factors = losses[: len(ones)], list(scales)
    if state.settings.both:
        directed += [(second, first, scale) for first, second, scale in directed]
        trained, factors = losses, [*scales, *(scales[index] for index in place)]
    stacked = torch.stack(trained)
    multiplied = stacked * to_device(np.array(factors, dtype=np.float32), stacked.device)
    multiplied.sum().backward(retain_graph=bool(others))
    given = []
    for first, second, scale in directed:
        given += give(state, asked[first], asked[second], seen, losses[second], scale, batch.images)
    return stacked.detach()[: len(ones)], given


def _partner(state: Sharing, one: Copied, learning: int | None) -> Copied | None:
    """Return a member of the pool with the same choice at the decision being learned; None if it has no weights."""
    if learning is None or (learning, one.arch[learning]) not in state.supernet.layers:
        return None
    users = state.users((learning, one.arch[learning]))
    return state.in_training(state.at(int(state.rng.choice(users))))


def give(
    state: Sharing,
    one: Copied,
    other: Copied,
    seen: "dict[Copied, Entering]",
    loss: "Tensor",
    scale: float,
    images: np.ndarray,
) -> list[Given]:
    """Add the gradient of `other`'s loss in the layers that both have to the copies of `one`, times their degrees."""
    import torch

    settings, supernet = state.settings, state.supernet
    common = [layer for layer in seen[one] if layer in seen[other]]
    if settings.degree is None:
        common = [layer for layer in common if layer in state.meta.scale]
    sources = [supernet.weights_of(layer, other.copies[layer[0]]) for layer in common]
    flat = [weight for weights in sources for weight in weights]
    if not flat:
        return []
    gradients = iter(torch.autograd.grad(loss, flat, retain_graph=True, allow_unused=True))
    found = []
    for layer, weights in zip(common, sources, strict=True):
        of_layer: list[Tensor | None] = [next(gradients) for _ in weights]
        if settings.degree is None:
            degree = float(state.meta.degree(layer, seen[one][layer], seen[other][layer]))
        else:
            degree = settings.degree
        for weight, gradient in zip(supernet.weights_of(layer, one.copies[layer[0]]), of_layer, strict=True):
            if gradient is not None:
                added = scale * degree * gradient
                weight.grad = added if weight.grad is None else weight.grad + added
        found.append(Given(layer, one, images, scale, of_layer, seen[one][layer], seen[other][layer]))
    return found


def learn(state: Sharing, trainer: Trainer, gift: Given) -> None:
    """Teach a meta network by the loss of the receiving sub-network after the update."""
    import torch

    weights = state.supernet.weights_of(gift.layer, gift.to.copies[gift.layer[0]])
    [loss] = trainer.losses(Batch(choices=[gift.to], images=gift.images), [gift.to])
    after = torch.autograd.grad(loss, weights, allow_unused=True)
    products = [(a * b).sum() for a, b in zip(after, gift.gradient, strict=True) if a is not None and b is not None]
    if products:
        agreement = torch.stack(products).sum()
        rate = float(trainer.optimizer.param_groups[0]["lr"])  # of the update
        state.meta.learn(gift.layer, rate * gift.factor, agreement, gift.one, gift.other)
