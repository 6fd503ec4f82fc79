"""Which images train the supernet, which rank it, and how they are augmented."""

from dataclasses import dataclass

import numpy as np

from bench.errors import RecipeError
from bench.rng import stream
from bench.sample.images.image_set import ImageSet
from bench.slot import Slot


@dataclass(frozen=True, kw_only=True)
class Images(Slot):
    """A data set, its training portion, the held-out portion for predictions, and shift + flip.

    `train` and `held_out` count images of the published training split, taken from the two ends of one
    fixed shuffle, so they never overlap and are the same for every seed; test images are not used.
    `shift` is the largest translation as a portion of the side (4 of 32 pixels: .125). `auto_augment` applies
    the CIFAR-10 policies of Cubuk et al. (2018) after shift and flip, which takes about a millisecond per image.
    `portion` of the training images, others in every epoch, is what an epoch visits: fewer updates at equal images.
    None is left to the preset.
    """

    dataset: str | None = None
    train: int | None = None
    held_out: int | None = None
    batch: int | None = None
    shift: float | None = None
    flip: bool | None = None
    auto_augment: bool = False
    portion: float = 1.0

    def __post_init__(self) -> None:
        for name, least in (("train", 2), ("held_out", 0), ("batch", 2)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise RecipeError(f"images.{name} is {value}; allowed: {least} or more, or None for the preset's")
        if not 0 < self.portion <= 1:
            raise RecipeError(f"images.portion is {self.portion}; allowed: above 0 and at most 1, of an epoch's images")
        if self.shift is not None and not 0 <= self.shift < 0.5:
            raise RecipeError(f"images.shift is {self.shift}; allowed: a portion of the side, 0 to below .5")


def split(images: ImageSet, train: int, held_out: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of the training and of the held-out images within the training split."""
    count = len(images.x_train)
    if train + held_out > count:
        raise RecipeError(
            f"images.train {train} + images.held_out {held_out} exceed the {count} training images of "
            f"'{images.name}'; lower one of them"
        )
    order = stream(0, f"split/{images.name}/{count}").permutation(count)
    return order[:train], order[count - held_out :]
