"""The memory of an update: what it holds at most for gradients, and what training keeps."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.recipe.recipe import FilledRecipe
from bench.sample.images.image_set import ImageSet
from bench.scores.kept import kept_value

if TYPE_CHECKING:
    from torch import Tensor, nn

COLOURS, CLASSES = 3, 10
"""Of the images of the measured updates; the pixels do not matter."""
MOMENTS = 8
"""Updates that are measured, evenly spread over training: methods have phases."""


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Bytes that do not depend on the machine.

    `for_gradients`: the largest sum of the tensors that one moment of an update holds for its gradients, weights left
    out; `kept`: weights of all copies, their gradients, the optimizer's state and averaged weights, as float32.
    """

    for_gradients: int
    kept: int

    @property
    def peak(self) -> int:
        """Return the sum."""
        return self.for_gradients + self.kept


class Held:
    """The bytes of tensors that are held for gradients now, and the most so far; equal storages count once."""

    def __init__(self, supernet: "nn.Module") -> None:
        self.weights = {_place(weight) for weight in supernet.parameters()}
        self.users: dict[int, int] = {}
        self.now = self.most = 0

    def pack(self, tensor: "Tensor") -> "tuple[Tensor, _Release | None]":
        """Count a tensor from now on; it is counted until what is returned is dropped.

        What is returned has no graph: a node whose saved result leads back to it would never be dropped.
        """
        place, size = _place(tensor), tensor.untyped_storage().nbytes()
        if place in self.weights:
            return tensor.detach(), None
        if not self.users.get(place):
            self.now += size
            self.most = max(self.most, self.now)
        self.users[place] = self.users.get(place, 0) + 1
        return tensor.detach(), _Release(lambda: self._release(place, size))

    def _release(self, place: int, size: int) -> None:
        self.users[place] -= 1
        if not self.users[place]:
            self.now -= size


class _Release:
    """Calls a function when it is dropped."""

    def __init__(self, then: Callable[[], None]) -> None:
        self._then = then

    def __del__(self) -> None:
        self._then()


def _place(tensor: "Tensor") -> int:
    return tensor.untyped_storage().data_ptr()


def update_memory(recipe: FilledRecipe) -> Memory:
    """Return the memory of a recipe's updates, measured on made-up images at `MOMENTS` of its training.

    A teacher is not trained for it, and counts in neither number. What was measured before is read from the disk inside
    `kept_in`, but for recipes with slots from elsewhere, whose code the key does not know.
    """
    slots = (getattr(recipe, field.name) for field in fields(recipe))
    if not all(type(slot).__module__.startswith(("bench.", "builtins")) for slot in slots):
        return measured(recipe)
    numbers = kept_value("memory", _version(), recipe.hash, lambda: vars(measured(recipe)))
    return Memory(**numbers)


@cache
def _version() -> str:
    """Return the digest of PyTorch's version and of the project's code, most of which an update runs."""
    digest = hashlib.sha256(version("torch").encode())
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def measured(recipe: FilledRecipe) -> Memory:
    """Return the memory of a recipe's updates, measured now."""
    import torch

    from bench.train.training import Training

    images = made_up_images(recipe)
    small = replace(recipe, images=replace(recipe.images, train=len(images.x_train), held_out=0, auto_augment=False))
    before = small.loss.trained_first(small)
    teacher = None if before is None else Training(before, images, 0).supernet.eval()
    training = Training(replace(small, epochs=max(small.epochs, MOMENTS)), images, 0, teacher=teacher)
    training.supernet.train()
    held, threads = Held(training.supernet), torch.get_num_threads()
    torch.set_num_threads(1)  # several take twenty times as long where other processes keep the cores busy
    try:
        with torch.autograd.graph.saved_tensors_hooks(held.pack, lambda packed: packed[0]):
            for moment in range(MOMENTS):
                training.updates = moment * training.total_updates // MOMENTS
                training.make_update(*next(training.updates_of_epoch()))
    finally:
        torch.set_num_threads(threads)
    weights = sum(_bytes(weight) for weight in training.supernet.parameters())
    per_weight = max((_like(weight, state) for weight, state in training.optimizer.state.items()), default=0)
    averaged = sum(_bytes(value) for kept in training.kept.sets.values() for value in kept.values())
    return Memory(for_gradients=held.most, kept=(2 + per_weight) * weights + averaged)


def made_up_images(recipe: FilledRecipe) -> ImageSet:
    """Return as many images as an update needs, whose pixels do not matter."""
    from bench.train.checked import paths_per_update

    count = recipe.images.batch * (1 if recipe.paths.same_batch else paths_per_update(recipe.paths, recipe.space))
    side = recipe.construct.resolution
    labels = np.arange(2 * count + 2 * CLASSES, dtype=np.uint8) % CLASSES
    shape = (len(labels), side, side, COLOURS)
    pixels = (np.arange(np.prod(shape)) % 251).astype(np.uint8).reshape(shape)
    train = slice(2 * count)  # as much again for an update that learns on images of its own
    return ImageSet(
        name=recipe.images.dataset,
        x_train=pixels[train],
        y_train=labels[train],
        x_test=pixels[2 * count :],
        y_test=labels[2 * count :],
        source="made up",
    )


def _bytes(tensor: "Tensor") -> int:
    return tensor.numel() * tensor.element_size()


def _like(weight: "Tensor", state: dict[str, Any]) -> int:
    """Return how many tensors of the optimizer's state have a weight's shape."""
    import torch

    return sum(isinstance(value, torch.Tensor) and value.shape == weight.shape for value in state.values())
