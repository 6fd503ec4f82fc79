"""The plain reference for every space: one network at a time, as a supernet that trains a single path."""

import time
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from bench.predict.trained import TrainedSupernet
from bench.recipe.recipe import FilledRecipe
from bench.sample.images.device_images import DeviceImages
from bench.sample.images.image_set import ImageSet
from bench.sample.paths import Paths
from bench.spaces import Space
from bench.stand_alone.journal import Network
from bench.train.start import start_training
from bench.train.training import Training
from bench.types import Arch, Genes


@dataclass(frozen=True, kw_only=True)
class OnePath(Paths):
    """The same architecture in every update; it draws nothing at random."""

    arch: Arch

    def per_update(self, space: Space) -> int:
        return 1

    def draw(self, space: Space, rng: np.random.Generator) -> Genes:
        return np.array([self.arch], dtype=np.int8)


def alone(recipe: FilledRecipe, arch: Arch) -> FilledRecipe:
    """Return the recipe that trains one architecture and nothing else.

    The module is the supernet of `Space.only`. Where that is the whole space, it also holds weights that no update
    uses and no prediction reads; those of the architecture then start, for equal seeds, as the same layers of the
    supernet and of every other architecture do. Images, augmentation and dropout are drawn from the streams of a
    supernet's training with that seed, so that all networks of a seed see the same images in the same order.
    """
    return replace(recipe, space=recipe.space.only(arch), paths=OnePath(arch=arch))


def train_alone(recipe: FilledRecipe, arch: Arch, seed: int, images: ImageSet, device: str = "cpu") -> Training:
    """Return the finished training of a stand-alone network."""
    training, _ = start_training(alone(recipe, arch), images, seed, device)
    training.run()
    return training


def train_network(recipe: FilledRecipe, arch: str, seed: int, images: ImageSet, device: str = "cpu") -> Network:
    """Train `arch` from scratch and return its accuracy on all test images after the last epoch, percent.

    Norm, averaging and precision are the recipe's, in prediction as well. A network that diverged, of which a logit is
    not finite, classifies nothing: 0.
    """
    started = time.perf_counter()
    genes = recipe.space.parse(arch)
    training = train_alone(recipe, genes, seed, images, device)
    trained = TrainedSupernet.of(training)
    trained.held_out = all_test_images(images, training.images.side, device)
    found = float(trained.ask(np.array([genes], dtype=np.int8)).accuracy[0])
    return Network(arch, seed, round(np.nan_to_num(found), 4), round(time.perf_counter() - started, 2))


@cache
def all_test_images(images: ImageSet, side: int, device: str) -> DeviceImages:
    """Return all test images, not shifted, averaged down to `side` pixels."""
    everything = np.arange(len(images.x_test))
    return DeviceImages.of(images, everything, resolution=side, shift=0.0, device=device, split="test")
