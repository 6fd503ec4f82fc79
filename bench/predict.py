"""Supernet + architectures -> predictions."""

from collections.abc import Callable

import numpy as np
import torch
from torch.nn import functional

from bench.errors import RecipeError
from bench.predictions import Predictions
from bench.sample.device_images import DeviceImages
from bench.spaces import Space
from bench.supernets.norm_layer import recalibrated
from bench.supernets.supernet import Supernet
from bench.types import Genes


def predict(
    supernet: Supernet,
    space: Space,
    genes: Genes,
    images: DeviceImages,
    *,
    split: str,
    batch: int,
    calibration: list[torch.Tensor] | None = None,
    after_arch: Callable[[], None] = lambda: None,
) -> Predictions:
    """Return the predictions for `genes` [arch, decision], in their order.

    Architectures that are equal after dead edges are removed are asked once; none influences another.
    `calibration` holds the image batches that re-estimate the norm's statistics per architecture.
    Raises `RecipeError` if there are no images. An accuracy is NaN where the sub-network diverged.
    """
    if not len(images):
        raise RecipeError("images.held_out is 0, so no image is left to predict on; hold out some")
    unique, inverse = np.unique(space.canonical(genes), axis=0, return_inverse=True)
    correct, loss = np.zeros(len(unique)), np.zeros(len(unique))
    with torch.inference_mode():
        for start in range(0, len(images), batch):
            values, labels = images.batch(np.arange(start, min(start + batch, len(images))), None, flip=False)
            ask = supernet.on_images(values)
            for index, row in enumerate(unique):
                arch = tuple(int(gene) for gene in row)
                if calibration:
                    with recalibrated(supernet, arch, calibration):
                        logits = supernet(values, arch)
                else:
                    logits = ask(arch)
                correct[index] += float((logits.argmax(dim=1) == labels).sum())
                loss[index] += float(functional.cross_entropy(logits.double(), labels, reduction="sum"))
                after_arch()
    correct[~np.isfinite(loss)] = np.nan  # argmax would take a NaN for a class
    count = len(images)
    return Predictions(
        genes=genes,
        accuracy=(100 * correct / count)[inverse.reshape(-1)].astype(np.float32),
        negative_cross_entropy=(-loss / count)[inverse.reshape(-1)].astype(np.float32),
        images=count,
        split=split,
    )
