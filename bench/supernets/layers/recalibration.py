"""Re-estimated statistics for many architectures, in which consecutive ones share equal parts."""

import torch
from torch import Tensor

from bench.supernets.layers.norm_layer import NormLayer
from bench.supernets.layers.supernet import Supernet
from bench.types import Choice

Statistics = tuple[Tensor, Tensor]


class Recalibration:
    """The sub-networks of a supernet on fixed images, each normalized by its own statistics on calibration batches.

    Leading layers that an architecture shares with the previous one are not run again; their statistics are still
    those of their last run. This needs norms that run once per sub-network (`each_norm_once`);
    `norm_layer.recalibrated` gives the same bits for one architecture without it. Do not use the supernet otherwise
    afterwards.
    """

    def __init__(self, supernet: Supernet, values: Tensor, batches: list[Tensor]) -> None:
        self._layers = [layer for layer in supernet.modules() if isinstance(layer, NormLayer)]
        self._found: list[dict[int, Statistics]] = [{} for _ in self._layers]
        self._changed: set[int] = set()
        self._means: list[Statistics | None] = [None for _ in self._layers]
        self._open()
        self._on_batches = []
        for number, batch in enumerate(batches):
            self._on_batches.append(supernet.on_images(batch))  # may run the stem immediately
            self._store(number)
        self._fix()
        self._on_values = supernet.on_images(values)

    def logits(self, arch: Choice) -> Tensor:
        """Return [batch, class] of a sub-network with its own statistics."""
        self._open()
        for number, on_batch in enumerate(self._on_batches):
            on_batch(arch)
            self._store(number)
        self._fix()
        return self._on_values(arch)

    def _open(self) -> None:
        """Let every layer that runs collect the statistics of its batch."""
        for layer in self._layers:
            layer.collect, layer.fixed = [], None

    def _store(self, number: int) -> None:
        """Store the statistics that the layers collected on a calibration batch."""
        for index, layer in enumerate(self._layers):
            if layer.collect:
                (self._found[index][number],) = layer.collect
                layer.collect.clear()
                self._changed.add(index)

    def _fix(self) -> None:
        """Fix every layer at the mean over the batches of its latest statistics."""
        for index in self._changed:
            means, variances = zip(*self._found[index].values(), strict=True)
            self._means[index] = (torch.stack(means).mean(dim=0), torch.stack(variances).mean(dim=0))
        self._changed.clear()
        for layer, mean in zip(self._layers, self._means, strict=True):
            layer.collect, layer.fixed = None, mean
