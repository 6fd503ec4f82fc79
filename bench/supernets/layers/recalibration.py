"""Statistics of their own for many architectures, where neighbours share what is equal."""

import torch
from torch import Tensor

from bench.supernets.layers.norm_layer import NormLayer
from bench.supernets.layers.supernet import Supernet
from bench.types import Choice

Statistics = tuple[Tensor, Tensor]


class Recalibration:
    """The sub-networks of a supernet on fixed images, each normalized by its own means over calibration batches.

    A layer that an architecture shares with the one before it, from the stem on, is not run again: its statistics
    are still those of its last run. That holds where a norm runs once in a sub-network (`each_norm_once`); the plain
    way for one architecture is `norm_layer.recalibrated`, with the same bits. The supernet belongs to
    the object from here on.
    """

    def __init__(self, supernet: Supernet, values: Tensor, batches: list[Tensor]) -> None:
        self._layers = [layer for layer in supernet.modules() if isinstance(layer, NormLayer)]
        self._found: list[dict[int, Statistics]] = [{} for _ in self._layers]
        self._changed: set[int] = set()
        self._means: list[Statistics | None] = [None for _ in self._layers]
        self._open()
        self._asks = []
        for number, batch in enumerate(batches):
            self._asks.append(supernet.on_images(batch))  # which may run the stem at once
            self._note(number)
        self._hold()
        self._ask = supernet.on_images(values)

    def logits(self, arch: Choice) -> Tensor:
        """Return [batch, class] of a sub-network with its own statistics."""
        self._open()
        for number, ask in enumerate(self._asks):
            ask(arch)
            self._note(number)
        self._hold()
        return self._ask(arch)

    def _open(self) -> None:
        """Let every layer that runs note the statistics of its batch."""
        for layer in self._layers:
            layer.collect, layer.fixed = [], None

    def _note(self, number: int) -> None:
        """Keep what the layers noted on a calibration batch."""
        for index, layer in enumerate(self._layers):
            if layer.collect:
                (self._found[index][number],) = layer.collect
                layer.collect.clear()
                self._changed.add(index)

    def _hold(self) -> None:
        """Fix every layer at the mean over the batches of what it noted last."""
        for index in self._changed:
            means, variances = zip(*self._found[index].values(), strict=True)
            self._means[index] = (torch.stack(means).mean(dim=0), torch.stack(variances).mean(dim=0))
        self._changed.clear()
        for layer, held in zip(self._layers, self._means, strict=True):
            layer.collect, layer.fixed = None, held
