"""Which images train the supernet, on which it predicts, and how images are augmented."""

from dataclasses import dataclass

import numpy as np

from bench.allowed import Flag, Text, at_least, between
from bench.errors import RecipeError
from bench.rng import stream
from bench.sample.images.image_set import ImageSet
from bench.slot import OPEN, Slot, setting


@dataclass(frozen=True, kw_only=True)
class Images(Slot):
    """A data set, its images for training and those held out for predictions, and the augmentation.

    `train` and `held_out` are numbers of images of the published training split, taken from the two ends of one
    fixed shuffle, so they never overlap and are the same for every seed; test images are not used. If
    `held_out_by_seed`, each seed draws its own held-out images from all that no seed trains on, so that an interval
    over seeds holds their luck.
    `shift` is the largest translation as a fraction of the side (4 of 32 pixels: .125). `auto_augment` applies
    the CIFAR-10 policies of Cubuk et al. (2018) after shift and flip, which takes about a millisecond per image.
    An epoch uses the `fraction` of the training images, newly drawn in every epoch, which reduces its updates.
    """

    dataset: str = setting(OPEN, Text())
    train: int = setting(OPEN, at_least(2, "images"))
    held_out: int = setting(OPEN, at_least(0, "images"))
    batch: int = setting(OPEN, at_least(2, "images"))
    shift: float = setting(OPEN, between(0, 0.5, below=True, unit="of the side"))
    flip: bool = setting(OPEN, Flag())
    auto_augment: bool = False
    fraction: float = setting(1.0, between(0, 1, above=True, unit="of an epoch's images"))
    held_out_by_seed: bool = setting(False, Flag(), before=False)


def split(images: ImageSet, sizes: Images, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of a seed's training and held-out images within the training split."""
    count, train, held_out = len(images.x_train), sizes.train, sizes.held_out
    if train + held_out > count:
        raise RecipeError(
            f"images.train {train} + images.held_out {held_out} exceed the {count} training images of "
            f"'{images.name}'; lower one of them"
        )
    order = stream(0, f"split/{images.name}/{count}").permutation(count)
    if sizes.held_out_by_seed and train + held_out == count:
        raise RecipeError(
            f"images.held_out_by_seed is True, but images.train {train} + images.held_out {held_out} are all {count} "
            f"training images of '{images.name}', so that every seed holds out the same; lower one of them"
        )
    if sizes.held_out_by_seed:
        return order[:train], stream(seed, "held-out images").permutation(order[train:])[:held_out]
    return order[:train], order[count - held_out :]
