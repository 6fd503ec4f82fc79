"""Supernet + many architectures -> accuracy and negative cross-entropy of each."""

import copy
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from bench.errors import RecipeError
from bench.sample.images.device_images import DeviceImages
from bench.supernets.layers.norm_layer import recalibrated
from bench.supernets.layers.precision import computing
from bench.supernets.layers.recalibration import Recalibration
from bench.supernets.layers.supernet import Supernet
from bench.types import Arch, Choice, Genes, PerArch

BLOCK = 64
"""Consecutive architectures that a thread takes at a time, so that it can share most of their computation."""


class SubNetworks(threading.local):
    """The sub-networks on one batch of images, for one thread: threads do not share re-estimated statistics."""

    def __init__(self, supernet: Supernet, values: Tensor, calibration: list[Tensor], together: bool = False) -> None:
        own = copy.deepcopy(supernet) if calibration else supernet
        self.logits: Callable[[Sequence[Arch]], Iterable[Tensor]]
        """Return logits [batch, class] of each sub-network, after re-estimating its statistics if the norm needs it."""
        if together and not calibration:
            self.logits = own.many_on_images(values)
            return
        one: Callable[[Choice], Tensor]
        if not calibration:
            one = own.on_images(values)
        elif own.each_norm_once:
            one = Recalibration(own, values, calibration).logits
        else:
            one = partial(_recalibrated_logits, own, values, calibration)
        self.logits = lambda archs: map(one, archs)


def _recalibrated_logits(supernet: Supernet, values: Tensor, calibration: list[Tensor], choice: Choice) -> Tensor:
    with recalibrated(supernet, choice, calibration):
        return supernet(values, choice)


def predict(
    supernet: Supernet,
    genes: Genes,
    images: DeviceImages,
    *,
    batch: int,
    calibration: list[Tensor] | None = None,
    threads: int = 1,
    precision: str = "float32",
    together: int = 1,
    after_arch: Callable[[], None] = lambda: None,
) -> tuple[PerArch, PerArch]:
    """Return accuracy (percent) and negative cross-entropy (nats) of each of `genes` [arch, decision], in their order.

    Consecutive architectures share most of the computation; none influences the result of another, and the number of
    `threads` changes no bit. `calibration` holds the image batches that re-estimate the norm's statistics per
    architecture, and `precision` is the recipe's. A GPU may compute `together` architectures per call, which changes
    results by rounding. `after_arch` is called once per architecture and batch, by one thread at a time; a GPU may
    still be computing then, as it is waited for once per `BLOCK`. Raises `RecipeError` if there are no images. An
    accuracy is NaN if the sub-network diverged.
    """
    if not len(images):
        raise RecipeError("images.held_out is 0, so no image is left to predict on; hold out some")
    archs = [tuple(int(gene) for gene in row) for row in genes]
    starts = range(0, len(images), batch)
    correct, loss = np.zeros((2, len(starts), len(archs)))
    with torch.inference_mode():
        supernet.settle(archs)
    turn = threading.Lock()

    def predict_block(first: int, part: int, sub_networks: SubNetworks, labels: Tensor) -> None:
        block, found = archs[first : first + BLOCK], []
        with torch.inference_mode(), computing(precision, labels.device):
            for begin in range(0, len(block), together):
                for logits in sub_networks.logits(block[begin : begin + together]):
                    right = (logits.argmax(dim=1) == labels).sum(dtype=torch.float64)
                    summed = functional.cross_entropy(logits.double(), labels, reduction="sum")
                    found.append(torch.stack((right, summed)))
                    with turn:
                        after_arch()
            here = slice(first, first + len(block))
            correct[part, here], loss[part, here] = torch.stack(found, dim=1).cpu().numpy()  # waits for a GPU

    for part, start in enumerate(starts):
        with torch.inference_mode(), ThreadPoolExecutor(threads) as pool:
            values, labels = images.batch(np.arange(start, min(start + batch, len(images))), None, flip=False)
            with computing(precision, labels.device):
                sub_networks = SubNetworks(supernet, values, calibration or [], together > 1)
            blocks = [
                pool.submit(predict_block, first, part, sub_networks, labels) for first in range(0, len(archs), BLOCK)
            ]
            try:
                for block in blocks:
                    block.result()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
    right, summed = correct.sum(axis=0), loss.sum(axis=0)
    right[~np.isfinite(summed)] = np.nan  # argmax of NaN logits would count as a class
    return 100 * right / len(images), -summed / len(images)
