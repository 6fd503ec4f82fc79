"""Train many networks of one seed at once: they share all images, and each has its own weights."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from bench.errors import RecipeError
from bench.optimize.averagings.no_averaging import NoAveraging
from bench.recipe.recipe import FilledRecipe
from bench.rng import stream
from bench.sample.images.image_set import ImageSet
from bench.spaces.nb201 import NB201
from bench.stand_alone.journal import Network
from bench.stand_alone.one_by_one import all_test_images
from bench.stand_alone.stacked import StackedNetworks
from bench.supernets import Construct
from bench.supernets.nb201 import NB201Net
from bench.supernets.norms.tracked import Tracked
from bench.train.training import device_images, fresh_supernet, set_rate, shuffled_batches


def train_together(
    recipe: FilledRecipe, archs: Sequence[str], seed: int, images: ImageSet, device: str = "cpu"
) -> list[Network]:
    """Train canonical `archs` from scratch; each entry has its accuracy in percent and its share of the time.

    Accuracies differ from those of `train_network` only by rounding, which 30 epochs amplify.
    """
    started = time.perf_counter()
    training = TrainingTogether(recipe, archs, seed, images, device)
    training.run()
    accuracies = training.accuracies()
    seconds = round((time.perf_counter() - started) / len(archs), 2)
    return [Network(arch, seed, accuracy, seconds) for arch, accuracy in zip(archs, accuracies, strict=True)]


def plain_construct(construct: Construct) -> Construct | None:
    """Return the construct of the same size whose networks can be stacked; None for another space."""
    if not isinstance(construct, NB201Net):
        return None
    size = (construct.cells, construct.width, construct.resolution)
    return NB201Net(cells=size[0], width=size[1], resolution=size[2], reduction="pooled")


class TrainingTogether:
    """The training of stand-alone networks of canonical architectures, and its state.

    Initial weights, order and augmentation of the images are those of `Training` for each network.
    Differs from `Training`: the unused stem of the disconnected cell decays, while `Training` does not change it.
    Raises `RecipeError` for a recipe that only `Training` supports.
    """

    def __init__(
        self, recipe: FilledRecipe, archs: Sequence[str], seed: int, images: ImageSet, device: str = "cpu"
    ) -> None:
        if not (
            isinstance(recipe.space, NB201)
            and isinstance(recipe.norm, Tracked)
            and recipe.norm.affine
            and isinstance(recipe.averaging, NoAveraging)
            and not np.isfinite(recipe.clip)
            and recipe.construct == plain_construct(recipe.construct)
        ):
            raise RecipeError(
                f"{recipe} cannot train many networks at once; allowed: space NB201, reduction pooled, norm "
                "Tracked(affine=True), no averaging, no clip, plain operations and sharing; train others one by one "
                "(--together 1)"
            )
        self.images, _ = device_images(recipe, images, device)
        self.test = all_test_images(images, self.images.side, device)
        alone = [replace(recipe, space=replace(recipe.space, fixed=arch)) for arch in archs]
        plain: list[Any] = [fresh_supernet(one, images, seed) for one in alone]
        self.recipe, self.epochs = recipe, recipe.epochs
        self.networks = StackedNetworks(plain, [recipe.space.parse(arch) for arch in archs]).to(device)
        self.optimizer = recipe.optimizer.build(self.networks)
        self.order, self.augmentation = stream(seed, "images"), stream(seed, "augmentation")
        self.batch_size = min(recipe.images.batch, len(self.images))
        self.updates = 0

    def run(self) -> None:
        """Train all epochs."""
        for _ in range(self.epochs):
            self.train_epoch()

    def train_epoch(self) -> None:
        """Train one epoch; an incomplete last batch is left out."""
        self.networks.train()
        batches = shuffled_batches(len(self.images), self.batch_size, self.order)
        for indices in batches:
            self._update(indices, progress=self.updates / (len(batches) * self.epochs))

    def _update(self, indices: np.ndarray, progress: float) -> None:
        """Update every network by the gradient of its own loss; the losses are summed, as no weight is shared."""
        recipe = self.recipe
        values, labels = self.images.batch(indices, self.augmentation, flip=recipe.images.flip)
        logits = self.networks(values)
        loss = recipe.loss(logits.transpose(1, 2).flatten(0, 1), labels.repeat(len(logits)))
        (loss * len(logits)).backward()  # the loss is a mean over networks too
        set_rate(self.optimizer, recipe, progress)
        recipe.optimizer.step(self.optimizer)
        self.updates += 1

    @torch.inference_mode()
    def accuracies(self) -> list[float]:
        """Return each network's accuracy on all test images, percent."""
        self.networks.eval()
        values, labels = self.test.batch(np.arange(len(self.test)), None, flip=False)
        right = (self.networks(values).argmax(dim=1) == labels).sum(dim=1)
        return [round(100 * int(count) / len(labels), 4) for count in right]
