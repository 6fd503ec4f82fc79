"""Train many networks of one seed at once: they share all images, and each has its own weights."""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from bench.errors import RecipeError
from bench.optimize.averagings.no_averaging import NoAveraging
from bench.optimize.losses import Loss
from bench.optimize.schedules import Schedule
from bench.optimize.updates.one_level import OneLevel
from bench.recipe.recipe import FilledRecipe
from bench.rng import stream
from bench.sample.images.image_set import ImageSet
from bench.stand_alone.journal import Network
from bench.stand_alone.one_by_one import all_test_images
from bench.supernets import Stack
from bench.train.fresh import device_images, fresh_supernet, shuffled_batches
from bench.train.training import set_rate


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


def stack_of(recipe: FilledRecipe) -> Stack:
    """Return what stacks the networks of a recipe; raises `RecipeError` if they can only be trained one by one."""
    others = "train them one by one (--together 1)"
    try:
        stack = recipe.construct.stack(recipe.space, recipe.norm)
    except RecipeError as error:
        raise RecipeError(f"cannot train many networks at once: {error}; {others}") from error
    plain = (
        isinstance(recipe.averaging, NoAveraging)
        and not np.isfinite(recipe.clip)
        and recipe.precision == "float32"
        and type(recipe.update) is OneLevel
        and type(recipe.loss).of_batch is Loss.of_batch
        and type(recipe.schedule).path_factor is Schedule.path_factor
        and not recipe.images.auto_augment
        and recipe.images.fraction == 1
    )
    if not plain:
        raise RecipeError(
            f"cannot train many networks at once by {recipe}; allowed: no averaging, no clip, float32, one-level "
            f"updates, a loss of one network's logits, one rate for all, every image, no auto_augment; {others}"
        )
    return stack


def trains_together(recipe: FilledRecipe) -> bool:
    """Return whether the networks of a recipe can be trained many at a time."""
    try:
        stack_of(recipe)
    except RecipeError:
        return False
    return True


class TrainingTogether:
    """The training of stand-alone networks of canonical architectures, and its state.

    Initial weights, order and augmentation of the images are those of `Training` for each network.
    Differs from `Training`: the unused stem of the disconnected cell decays, while `Training` does not change it.
    Raises `RecipeError` for a recipe that only `Training` supports.
    """

    def __init__(
        self, recipe: FilledRecipe, archs: Sequence[str], seed: int, images: ImageSet, device: str = "cpu"
    ) -> None:
        stack = stack_of(recipe)
        self.images, _ = device_images(recipe, images, seed, device)
        self.test = all_test_images(images, self.images.side, device)
        genes = [recipe.space.parse(arch) for arch in archs]
        alone = [replace(recipe, space=recipe.space.only(arch)) for arch in genes]
        plain = [fresh_supernet(one, images, seed) for one in alone]
        self.recipe, self.epochs = recipe, recipe.epochs
        self.stacked, self.networks = len(plain), stack(plain, genes).to(device)
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
        images = len(self.test)
        right = torch.zeros(self.stacked, dtype=torch.int64, device=self.test.labels.device)
        for start in range(0, images, self.recipe.prediction_batch):
            part = np.arange(start, min(start + self.recipe.prediction_batch, images))
            values, labels = self.test.batch(part, None, flip=False)
            right += (self.networks(values).argmax(dim=1) == labels).sum(dim=1)
        return [round(100 * int(count) / images, 4) for count in right]
