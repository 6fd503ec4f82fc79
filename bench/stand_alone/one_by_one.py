"""The plain reference: one network at a time, as a supernet with a single path."""

import time
from dataclasses import replace
from functools import cache

import numpy as np
import torch

from bench.recipe.recipe import FilledRecipe
from bench.sample.images.device_images import DeviceImages
from bench.sample.images.image_set import ImageSet
from bench.spaces.nb201 import NB201
from bench.stand_alone.journal import Network
from bench.train.training import Training


def train_network(recipe: FilledRecipe, arch: str, seed: int, images: ImageSet, device: str = "cpu") -> Network:
    """Train `arch` from scratch and return its accuracy on all test images after the last epoch, percent."""
    started = time.perf_counter()
    assert isinstance(recipe.space, NB201), "all protocols are of this space"
    alone = replace(recipe, space=replace(recipe.space, fixed=arch))
    training = Training(alone, images, seed, device)
    training.run()
    test = all_test_images(images, training.images.side, training.device)
    genes = recipe.space.parse(arch)
    network = training.supernet.eval()
    with torch.inference_mode():
        values, labels = test.batch(np.arange(len(test)), None, flip=False)
        correct = int((network(values, genes).argmax(dim=1) == labels).sum())
    return Network(arch, seed, round(100 * correct / len(test), 4), round(time.perf_counter() - started, 2))


@cache
def all_test_images(images: ImageSet, side: int, device: str) -> DeviceImages:
    """Return all test images, not shifted, averaged down to `side` pixels."""
    everything = np.arange(len(images.x_test))
    return DeviceImages.of(images, everything, resolution=side, shift=0.0, device=device, split="test")
