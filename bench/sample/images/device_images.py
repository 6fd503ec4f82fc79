"""Images kept on the device as bytes; a batch is one gather, including shift and flip."""

from typing import TYPE_CHECKING

import numpy as np

from bench.device.transfer import to_device
from bench.errors import RecipeError
from bench.sample.images.image_set import ImageSet

if TYPE_CHECKING:
    import torch  # imported only when images are used, so that listing samplers needs no torch


AT_A_TIME = 4_096
"""Images downsampled at a time, to avoid a large floating-point copy in memory."""


class DeviceImages:
    """Some images of a split, uint8 [image, row, column, channel], normalized as the training split."""

    def __init__(
        self,
        pixels: "torch.Tensor",
        labels: "torch.Tensor",
        mean: "torch.Tensor",
        deviation: "torch.Tensor",
        shift: int,
    ) -> None:
        from torch.nn import functional

        self.labels, self.shift, self.side = labels, shift, pixels.shape[1]
        self._mean, self._deviation = mean, deviation
        self._padded = functional.pad(pixels, (0, 0, shift, shift, shift, shift))

    @classmethod
    def of(
        cls, images: ImageSet, indices: np.ndarray, *, resolution: int, shift: float, device: str, split: str = "train"
    ) -> "DeviceImages":
        """Return the chosen images, averaged down to `resolution`; raises `RecipeError` unless it divides the side."""
        import torch

        pixels = getattr(images, f"x_{split}")
        side = pixels.shape[1]
        if side % resolution:
            raise RecipeError(f"construct.resolution is {resolution}; allowed: a divisor of the images' side {side}")
        mean, deviation = (torch.from_numpy(values.astype(np.float32)) for values in images.normalization)
        parts = np.array_split(indices, range(AT_A_TIME, len(indices), AT_A_TIME))
        chosen = torch.cat([_averaged_down(torch.from_numpy(pixels[part]), resolution) for part in parts])
        labels = torch.from_numpy(getattr(images, f"y_{split}")[indices].astype(np.int64))
        return cls(
            chosen.to(device),
            labels.to(device),
            mean.to(device),
            deviation.to(device),
            round(shift * resolution),
        )

    def __len__(self) -> int:
        return len(self.labels)

    def batch(
        self, indices: np.ndarray, rng: np.random.Generator | None, *, flip: bool, auto_augment: bool = False
    ) -> "tuple[torch.Tensor, torch.Tensor]":
        """Return images [batch, channel, row, column], channels last in memory, and labels [batch].

        With a generator each image gets its own shift (and flip and augmentation); without one, none.
        """
        import torch

        count, device = len(indices), self.labels.device
        if rng is None:
            top = left = np.full(count, self.shift)
            mirrored = np.zeros(count, dtype=bool)
        else:
            top, left = rng.integers(0, 2 * self.shift + 1, size=(2, count))
            mirrored = rng.random(count) < (0.5 if flip else 0.0)
        channels, chosen = self._padded.shape[3], to_device(indices, device)
        shape = (count, self.side, self.side, channels)
        if self.shift or mirrored.any():
            pixels = self._moved(indices, top, left, mirrored).view(shape)
        else:
            pixels = self._padded.index_select(0, chosen)
        if auto_augment and rng is not None:
            pixels = _auto_augmented(pixels, rng)
        values = pixels.to(torch.float32).flatten(2)  # one loop per line of pixels is faster than one per pixel
        values.div_(255).sub_(self._mean.repeat(self.side)).div_(self._deviation.repeat(self.side))
        return values.view(shape).permute(0, 3, 1, 2), self.labels[chosen]

    def _moved(self, indices: np.ndarray, top: np.ndarray, left: np.ndarray, mirrored: np.ndarray) -> "torch.Tensor":
        """Return the pixels [pixel, channel] of images, each cropped at its own corner, some mirrored."""
        width, span = self._padded.shape[2], np.arange(self.side)
        lines = (indices[:, None] * width + top[:, None] + span) * width  # the images are square
        columns = left[:, None] + np.where(mirrored[:, None], span[::-1], span)
        device = self.labels.device
        places = to_device(lines, device)[:, :, None] + to_device(columns, device)[:, None, :]
        return self._padded.flatten(0, 2).index_select(0, places.flatten())


def _auto_augmented(pixels: "torch.Tensor", rng: np.random.Generator) -> "torch.Tensor":
    """Return uint8 [image, row, column, channel], each with its own random CIFAR-10 policy (Cubuk et al., 2018)."""
    import torch
    from torchvision.transforms import v2

    augment = v2.AutoAugment(v2.AutoAugmentPolicy.CIFAR10)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(2**62)))
        changed = [augment(image) for image in pixels.permute(0, 3, 1, 2)]
    return torch.stack(changed).permute(0, 2, 3, 1)


def _averaged_down(pixels: "torch.Tensor", resolution: int) -> "torch.Tensor":
    """Return uint8 [image, resolution, resolution, channel], the rounded means of square blocks."""
    import torch

    block = pixels.shape[1] // resolution
    if block == 1:
        return pixels
    total = torch.zeros(len(pixels), resolution, resolution, pixels.shape[3])
    for row in range(block):
        for column in range(block):
            total += pixels[:, row::block, column::block]
    return (total / block**2).round().to(torch.uint8)
