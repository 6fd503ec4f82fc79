"""The base of updates that learn about architectures on images of their own, which the weights never see."""

import json
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from bench.allowed import between
from bench.device.transfer import to_device
from bench.errors import RecipeError
from bench.optimize.updates import Batch, Trainer
from bench.optimize.updates.one_level import OneLevel
from bench.slot import State, setting
from bench.spaces import Space
from bench.types import Choice

if TYPE_CHECKING:
    from torch import Tensor

TRIES = 1_000
"""Draws of which at least one must belong to the space."""
DIGITS = 5
"""Decimals of what was learned in the training log."""


class Halved(State):
    """The parts of the training images, and the stream from which the update draws.

    `order` [image] is a permutation of the training images, whose two parts are those of the weights and of what is
    learned about architectures; None before the first update.
    """

    def __init__(self, space: Space, rng: np.random.Generator) -> None:
        self.space, self.rng = space, rng
        self.order: np.ndarray | None = None

    def state_dict(self) -> dict[str, Any]:
        return {
            "order": None if self.order is None else self.order.tolist(),
            "stream": json.dumps(self.rng.bit_generator.state),
        }

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        self.order = None if saved["order"] is None else np.array(saved["order"])
        self.rng.bit_generator.state = json.loads(saved["stream"])


@dataclass(frozen=True, kw_only=True)
class Halves(OneLevel):
    """An update of the weights on one part of the training images, then of what is learned on the other.

    The images drawn for an update are mapped to the part of the weights, so that an epoch shows each of them equally
    often; the other part gives as many images, drawn with replacement.

    `share` is the part of the images for the weights. Source: AutoDL, exps/NATS-algos/search-cell.py. Differs from it:
    both parts are drawn anew for every seed.
    """

    share: float = setting(0.5, between(0, 1, above=True, below=True))

    def step(self, state: State, trainer: Trainer, batches: Sequence[Batch]) -> "Tensor":
        halved = cast(Halved, state)
        weights_on, learned_on = self.parts(halved, len(trainer.images))
        own = [
            replace(
                batch,
                choices=[self.trained(halved, choice, trainer.progress) for choice in batch.choices],
                images=weights_on[batch.images % len(weights_on)],
            )
            for batch in batches
        ]
        losses = super().step(state, trainer, own)
        images = halved.rng.choice(learned_on, len(batches[0].images))
        self.learn(halved, trainer, images, own[0])
        return losses

    def parts(self, state: Halved, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the indices of the images of the weights and of what is learned, drawn once.

        Raises `RecipeError` if one of them would be empty.
        """
        first = int(self.share * count)
        if not 0 < first < count:
            raise RecipeError(
                f"{self.slot_name()}.share is {self.share:g} of {count} training images, which leaves none for one of "
                "two: weights and architecture parameters; allowed: a share that leaves both some, or more images.train"
            )
        if state.order is None:
            state.order = state.rng.permutation(count)
        return state.order[:first], state.order[first:]

    @abstractmethod
    def trained(self, state: Halved, drawn: Choice, progress: float) -> Choice:
        """Return what the weights are trained with, in place of a path that was drawn."""

    @abstractmethod
    def learn(self, state: Halved, trainer: Trainer, images: np.ndarray, trained: Batch) -> None:
        """Learn about architectures on `images`; `trained` is the batch that the weights were trained with."""


def allowed_choices(space: Space) -> np.ndarray:
    """Return which choices a space allows, [decision, choice]; choices that it masks count as columns too."""
    found = np.zeros((space.decisions, max(map(max, space.allowed)) + 1), dtype=bool)
    for decision, kept in enumerate(space.allowed):
        found[decision, list(kept)] = True
    return found


def logged(values: "Tensor") -> list[Any]:
    """Return a tensor as the training log keeps it."""
    return cast(list[Any], values.detach().cpu().double().numpy().round(DIGITS).tolist())


def gumbel(rng: np.random.Generator, logits: "Tensor") -> "Tensor":
    """Return standard Gumbel numbers in the shape of `logits`."""
    return to_device(rng.gumbel(size=tuple(logits.shape)).astype(np.float32), logits.device)


def until_valid(space: Space, draw: Callable[[], Any], arch_of: Callable[[Any], Sequence[int]]) -> Any:
    """Return the first of what is drawn whose architecture belongs to the space; raises `RecipeError` if none does."""
    for _ in range(TRIES):
        drawn = draw()
        if space.valid(np.array([arch_of(drawn)], dtype=np.int8))[0]:
            return drawn
    raise none_valid(space)


def none_valid(space: Space) -> RecipeError:
    """Return the error of an update whose draws are all outside the space."""
    return RecipeError(
        f"none of {TRIES:,} draws belongs to space '{space.slot_name()}': the update takes each decision by itself; "
        "allowed: a space in which most combinations of choices are valid, or another update"
    )
