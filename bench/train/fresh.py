"""What a training begins with: its images, its untrained supernet, and the state of its update."""

import numpy as np
from torch import Tensor

from bench.recipe.recipe import FilledRecipe
from bench.rng import stream
from bench.sample.images.device_images import DeviceImages
from bench.sample.images.image_set import ImageSet
from bench.sample.images.images import split
from bench.slot import State
from bench.supernets import build_supernet
from bench.supernets.layers.local import with_copies
from bench.supernets.layers.supernet import Supernet


def device_images(recipe: FilledRecipe, images: ImageSet, seed: int, device: str) -> tuple[DeviceImages, DeviceImages]:
    """Return a seed's training images, randomly shifted in every batch, and its held-out images, not shifted."""
    sizes, side = recipe.images, recipe.construct.resolution
    chosen, held_out = split(images, sizes, seed)
    return (
        DeviceImages.of(images, chosen, resolution=side, shift=sizes.shift, device=device),
        DeviceImages.of(images, held_out, resolution=side, shift=0.0, device=device),
    )


def image_batches(images: DeviceImages, count: int, size: int) -> list[Tensor]:
    """Return the first `count` images, not shifted, in batches of `size`."""
    return [
        images.batch(np.arange(start, min(start + size, count)), None, flip=False)[0] for start in range(0, count, size)
    ]


def shuffled_batches(images: int, size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Return the image indices of an epoch's batches, [batch] each; an incomplete last batch is left out."""
    whole = images // size
    return np.split(rng.permutation(images)[: whole * size], whole)


def fresh_supernet(recipe: FilledRecipe, images: ImageSet, seed: int) -> Supernet:
    """Return the untrained supernet of a seed, on the CPU."""

    def built(stream: str) -> Supernet:
        return build_supernet(
            recipe.construct,
            recipe.space,
            recipe.norm,
            channels=images.x_train.shape[3],
            classes=images.classes,
            seed=seed,
            stream=stream,
        )

    if recipe.update.copies is None:
        return built("weights")
    return with_copies(recipe.construct, recipe.space, recipe.update.copies, built)


def update_state(recipe: FilledRecipe, supernet: Supernet, seed: int) -> State:
    """Return the state of a recipe's update before the first one; it keeps the stream from which the update draws."""
    return recipe.update.start(supernet, recipe.space, stream(seed, "update"))
