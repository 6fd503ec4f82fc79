"""Supernet + architectures -> predictions."""

import copy
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from bench.errors import RecipeError
from bench.predict.predictions import Predictions
from bench.sample.images.device_images import DeviceImages
from bench.spaces import Space
from bench.supernets.layers.norm_layer import recalibrated
from bench.supernets.layers.recalibration import Recalibration
from bench.supernets.layers.supernet import Supernet
from bench.types import Arch, Genes

BLOCK = 64
"""Architectures that a thread takes at a time: neighbours, so that it finds most of what they share."""


class SubNetworks(threading.local):
    """The sub-networks on one batch of images, as one thread asks them: no thread sees another's statistics."""

    def __init__(self, supernet: Supernet, values: Tensor, calibration: list[Tensor] | None) -> None:
        own = copy.deepcopy(supernet) if calibration else supernet
        self.logits: Callable[[Arch], Tensor]
        """Return [batch, class] of a sub-network, its statistics re-estimated first where the norm says so."""
        if not calibration:
            self.logits = own.on_images(values)
        elif own.each_norm_once:
            self.logits = Recalibration(own, values, calibration).logits
        else:
            self.logits = lambda arch: _recalibrated_logits(own, values, calibration, arch)


def _recalibrated_logits(supernet: Supernet, values: Tensor, calibration: list[Tensor], arch: Arch) -> Tensor:
    with recalibrated(supernet, arch, calibration):
        return supernet(values, arch)


def predict(
    supernet: Supernet,
    space: Space,
    genes: Genes,
    images: DeviceImages,
    *,
    split: str,
    batch: int,
    calibration: list[Tensor] | None = None,
    threads: int = 1,
    after_arch: Callable[[], None] = lambda: None,
) -> Predictions:
    """Return the predictions for `genes` [arch, decision], in their order.

    Architectures that are equal after dead edges are removed are asked once; none influences another, and
    the number of `threads` changes no bit. `calibration` holds the image batches that re-estimate the norm's
    statistics per architecture. `after_arch` is called once per architecture and batch, by one thread at a time.
    Raises `RecipeError` if there are no images. An accuracy is NaN where the sub-network diverged.
    """
    if not len(images):
        raise RecipeError("images.held_out is 0, so no image is left to predict on; hold out some")
    unique, inverse = np.unique(space.canonical(genes), axis=0, return_inverse=True)
    archs = [tuple(int(gene) for gene in row) for row in unique]
    starts = range(0, len(images), batch)
    correct, loss = np.zeros((2, len(starts), len(archs)))
    turn = threading.Lock()

    def ask(first: int, part: int, sub_networks: SubNetworks, labels: Tensor) -> None:
        with torch.inference_mode():
            for index in range(first, min(first + BLOCK, len(archs))):
                logits = sub_networks.logits(archs[index])
                correct[part, index] = float((logits.argmax(dim=1) == labels).sum())
                loss[part, index] = float(functional.cross_entropy(logits.double(), labels, reduction="sum"))
                with turn:
                    after_arch()

    for part, start in enumerate(starts):
        with torch.inference_mode(), ThreadPoolExecutor(threads) as pool:
            values, labels = images.batch(np.arange(start, min(start + batch, len(images))), None, flip=False)
            sub_networks = SubNetworks(supernet, values, calibration)
            blocks = [pool.submit(ask, first, part, sub_networks, labels) for first in range(0, len(archs), BLOCK)]
            try:
                for block in blocks:
                    block.result()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
    right, summed = correct.sum(axis=0), loss.sum(axis=0)
    right[~np.isfinite(summed)] = np.nan  # argmax would take a NaN for a class
    count = len(images)
    return Predictions(
        genes=genes,
        accuracy=(100 * right / count)[inverse.reshape(-1)].astype(np.float32),
        negative_cross_entropy=(-summed / count)[inverse.reshape(-1)].astype(np.float32),
        images=count,
        split=split,
    )
