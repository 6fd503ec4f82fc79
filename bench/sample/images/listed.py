"""Which image sets there are, without reading their pixels."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.errors import DataError
from bench.sample.images.image_set import DIGITS_TRAIN

TORCHVISION_FILES = {
    "cifar10": ("cifar-10-batches-py", "cifar-10-python.tar.gz"),
    "cifar100": ("cifar-100-python", "cifar-100-python.tar.gz"),
}
"""What torchvision leaves of each set: the folder that it reads, and the archive that it came in."""


@dataclass(frozen=True, kw_only=True)
class ImageInfo:
    """The name of an image set, its files (none: it ships with a library), and what they hold, in words.

    Of a damaged set only `name`, `paths` and `damage`, the defect, are known.
    """

    name: str
    paths: tuple[Path, ...] = ()
    summary: str = ""
    damage: str = ""


def list_images(folder: Path) -> list[ImageInfo]:
    """Return the image sets that `open_images` opens, sorted by name; reads the headers of archives only."""
    found = {"digits": ImageInfo(name="digits", summary=f"{DIGITS_TRAIN} training and 897 test images, 8x8, built in")}
    for name, (unpacked, packed) in TORCHVISION_FILES.items():
        for root in (folder / "images", folder):
            if (root / unpacked).is_dir():
                paths = tuple(root / part for part in (unpacked, packed) if (root / part).exists())
                summary = "50,000 training and 10,000 test images, 32x32, as torchvision stores them"
                found[name] = ImageInfo(name=name, paths=paths, summary=summary)
    for path in sorted((folder / "images").glob("*.npz")):
        beside = found[path.stem].paths if path.stem in found else ()
        try:
            found[path.stem] = ImageInfo(name=path.stem, paths=(path, *beside), summary=_summary(path))
        except DataError as error:
            found[path.stem] = ImageInfo(name=path.stem, paths=(path, *beside), damage=str(error))
    return [found[name] for name in sorted(found)]


def _summary(path: Path) -> str:
    """Return the numbers of images and their size, from the headers of the arrays."""
    try:
        with zipfile.ZipFile(path) as archive:
            shapes = {name.removesuffix(".npy"): _shape(archive, name) for name in archive.namelist()}
    except Exception as error:  # a damaged archive raises a dozen types: BadZipFile, ValueError, struct.error, ...
        raise DataError(f"{path} cannot be read as an image archive ({error}); fetch or copy it again") from error
    if {"train_labels", "test_labels"} <= set(shapes):
        return f"{shapes['train_labels'][0]:,} training and {shapes['test_labels'][0]:,} test images, packed JPEG"
    pixels = shapes.get("x_train", ()), shapes.get("x_test", ())
    if not all(len(shape) == 4 for shape in pixels):
        raise DataError(f"{path} has no x_train and x_test of images; fetch or copy it again")
    (train, side, _, _), (test, *_) = pixels
    return f"{train:,} training and {test:,} test images, {side}x{side}"


def _shape(archive: zipfile.ZipFile, name: str) -> tuple[int, ...]:
    with archive.open(name) as file:
        major, _ = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if major == 1 else np.lib.format.read_array_header_2_0
        return read(file)[0] or (1,)
