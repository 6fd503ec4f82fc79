"""Archives in which every image is a file of its own: JPEG, or lossless WebP."""

import io
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from bench.untrusted.limits import most_bytes

FORMATS = {"jpeg": 8, "webp": 1}
"""How many times better an image of each format compresses than other files; WebP is lossless here."""
PARTS = ("offsets", "labels")
"""What a split has beside the bytes of its images: where each begins, the end of the last one; and their labels."""
SPLITS = ("train", "test")
WEBP_HEADER = 25
"""Bytes of a lossless WebP image up to the end of its size."""
SIDE_BITS = 14
"""Bits of a WebP image's width less one, and of its height less one."""

Span = tuple[int, int]
Track = Callable[[Sequence[Span], str], Iterable[Span]]
"""Passes the images' places through and shows progress under a description, as `rich.progress.track` does."""


def silent(places: Sequence[Span], description: str) -> Iterable[Span]:
    """Pass the places through and show nothing."""
    return places


def packing(archive: Container[str]) -> str:
    """Return the format of the images in an archive, "" for one of arrays."""
    return next((packed for packed in FORMATS if f"train_{packed}" in archive), "")


def lacking(archive: Container[str], packed: str) -> list[str]:
    """Return the arrays that an archive of packed images lacks."""
    return [f"{split}_{part}" for split in SPLITS for part in (packed, *PARTS) if f"{split}_{part}" not in archive]


def unpack(archive: Mapping[str, np.ndarray], packed: str, path: Path, track: Track) -> dict[str, np.ndarray]:
    """Return x_train, y_train, x_test and y_test of packed images.

    Raises `ValueError` unless the images of a split are of the named format and of one, usual size; before one is
    decoded, all of its size are compared with what the file may expand to.
    """
    from PIL import Image

    limit = most_bytes(FORMATS[packed] * path.stat().st_size)
    arrays: dict[str, np.ndarray] = {}
    for split in SPLITS:
        blob, offsets = archive[f"{split}_{packed}"].tobytes(), archive[f"{split}_offsets"]
        if offsets.ndim != 1 or offsets.dtype.kind not in "iu" or len(offsets) < 2 or (np.diff(offsets) <= 0).any():
            raise ValueError(f"{split}_offsets are not rising whole numbers")
        images: list[np.ndarray] = []
        for start, end in track(list(pairwise(offsets.tolist())), f"decoding {path.name}, {split}"):
            content = blob[start:end]
            if packed == "webp":
                _check(webp_size(content, f"image {len(images)} of {split}"), 4, offsets, limit, len(images), split)
            image = Image.open(io.BytesIO(content), formats=(packed.upper(),))
            _check(image.size, len(image.getbands()), offsets, limit, len(images), split)
            images.append(np.asarray(image))
        arrays[f"x_{split}"] = np.stack(images)
        arrays[f"y_{split}"] = archive[f"{split}_labels"]
    return arrays


def webp_size(content: bytes, where: str) -> tuple[int, int]:
    """Return width and height of a lossless WebP image; Pillow makes room for all pixels when it opens one.

    Raises `ValueError` for anything else.
    """
    if len(content) < WEBP_HEADER or (content[:4], content[8:16], content[20]) != (b"RIFF", b"WEBPVP8L", 0x2F):
        raise ValueError(f"{where} is no lossless WebP image")
    sizes = int.from_bytes(content[21:WEBP_HEADER], "little")
    side = 2**SIDE_BITS
    return sizes % side + 1, sizes // side % side + 1


def _check(size: tuple[int, int], bands: int, offsets: np.ndarray, limit: int, number: int, split: str) -> None:
    """Raise `ValueError` if all images of a split, of this size, would take more than `limit` bytes."""
    width, height = size
    if width * height * bands * (len(offsets) - 1) > limit:
        raise ValueError(f"image {number} of {split} is {width}x{height} pixels")
