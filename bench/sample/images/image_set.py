"""Images and labels of a data set as published, on the host."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, UInt8

from bench.errors import DataError
from bench.rng import stream

DIGITS_TRAIN = 900
"""The digits have no official split: 900 training images leave 897 test images, so accuracy has steps of 0.11 %."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ImageSet:
    """The two official splits; pixels uint8 [image, row, column, channel], labels 0 .. classes - 1."""

    name: str
    x_train: UInt8[np.ndarray, "train_image row column channel"]
    y_train: UInt8[np.ndarray, "train_image"]
    x_test: UInt8[np.ndarray, "test_image row column channel"]
    y_test: UInt8[np.ndarray, "test_image"]
    source: str

    @property
    def classes(self) -> int:
        """Return the number of classes."""
        return int(max(self.y_train.max(), self.y_test.max())) + 1

    @cached_property
    def normalization(self) -> tuple[Float[np.ndarray, "channel"], Float[np.ndarray, "channel"]]:
        """Return the training split's mean and standard deviation per channel, of pixels scaled to 0..1.

        The deviation of a constant channel is 1, so that the channel becomes zeros.
        """
        counts = np.zeros((self.x_train.shape[3], 256), dtype=np.int64)
        for start in range(0, len(self.x_train), 1_000):  # bincount makes an int64 copy, eight times as large
            for channel, pixels in enumerate(np.moveaxis(self.x_train[start : start + 1_000], 3, 0)):
                counts[channel] += np.bincount(pixels.ravel(), minlength=256)
        level, count = np.arange(256), counts[0].sum()
        mean = counts @ level / count
        variance = (counts * (level - mean[:, None]) ** 2).sum(axis=1) / (count - 1)
        return mean / 255, np.where(variance > 0, np.sqrt(variance), 255) / 255

    @cached_property
    def sha256(self) -> str:
        """Return the digest of all pixels and labels; a record stores it to identify its images."""
        digest = hashlib.sha256()
        for array in (self.x_train, self.y_train, self.x_test, self.y_test):
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()


def checked_images(arrays: dict[str, np.ndarray], *, name: str, source: str, where: str) -> ImageSet:
    """Return the image set of x_train, y_train, x_test and y_test; raises `DataError` naming the invalid array."""
    for split in ("train", "test"):
        pixels, labels = arrays[f"x_{split}"], arrays[f"y_{split}"]
        if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[1] != pixels.shape[2]:
            raise DataError(
                f"{where}: x_{split} is {pixels.dtype} {pixels.shape}; "
                "expected uint8 [image, side, side, channel] with values 0..255"
            )
        if len(pixels) != labels.size or len(pixels) == 0:
            raise DataError(
                f"{where}: x_{split} has {len(pixels)} images and y_{split} {labels.size} labels; "
                "expected equal numbers above zero"
            )
        if labels.dtype.kind not in "iuf":  # texts have no smallest
            raise DataError(f"{where}: y_{split} is {labels.dtype}; expected whole numbers 0..255")
        if labels.dtype.kind == "f" or labels.min() < 0 or labels.max() > 255:
            raise DataError(
                f"{where}: y_{split} is {labels.dtype}, from {labels.min()} to {labels.max()}; "
                "expected whole numbers 0..255"
            )
    flat = {key: arrays[key].astype(np.uint8).ravel() for key in ("y_train", "y_test")}
    return ImageSet(name=name, source=source, x_train=arrays["x_train"], x_test=arrays["x_test"], **flat)


def digits() -> ImageSet:
    """Return the 1,797 handwritten digits that ship inside scikit-learn, 8x8, in a fixed split."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    order = stream(0, "split/digits").permutation(len(bunch.target))
    pixels = (bunch.images[order] * 15).astype(np.uint8)[..., None]  # 0..16 -> 0..240
    labels = bunch.target[order].astype(np.uint8)
    return ImageSet(
        name="digits",
        x_train=pixels[:DIGITS_TRAIN],
        y_train=labels[:DIGITS_TRAIN],
        x_test=pixels[DIGITS_TRAIN:],
        y_test=labels[DIGITS_TRAIN:],
        source="scikit-learn load_digits",
    )
