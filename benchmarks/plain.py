"""The NAS-Bench-201 supernet in its simplest form: every operation separately, nothing shared or left out."""

from functools import reduce
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from bench.spaces.nb201 import AVG_POOL, EDGES, NONE, SKIP
from bench.supernets.nb201.network import PooledReduction
from bench.types import Arch


def plain_logits(supernet: Any, images: Tensor, arch: Arch) -> Tensor:
    """Return the logits [batch, class] that a NAS-Bench-201 `supernet` gives for `arch`, by the plain algorithm.

    Dead edges are computed, `none` multiplies by zero, and each operation applies its own ReLU.
    Supports batch statistics only, the presets' norm.
    """
    values = _normalized(_convolved(supernet.stem.conv, images))
    for number, stage in enumerate(supernet.stages):
        if number:
            values = _reduction(supernet.reductions[number - 1], values)
        for cell in stage:
            values = _cell(cell, values, arch)
    return supernet.classifier(functional.relu(_normalized(values)).mean(dim=(2, 3)))


def _cell(cell: Any, values: Tensor, arch: Arch) -> Tensor:
    nodes = [values]
    for target in (1, 2, 3):
        incoming = [(edge, source) for edge, (source, to) in enumerate(EDGES) if to == target]
        results = (_operation(cell, edge, arch[edge], nodes[source]) for edge, source in incoming)
        nodes.append(reduce(torch.add, results))
    return nodes[3]


def _operation(cell: Any, edge: int, choice: int, values: Tensor) -> Tensor:
    if choice == NONE:
        return values * 0
    if choice == SKIP:
        return values
    if choice == AVG_POOL:
        return functional.avg_pool2d(values, 3, 1, 1, count_include_pad=False)
    return _normalized(_convolved(cell.operations[f"{edge}/{choice}"].conv, functional.relu(values)))


def _reduction(block: Any, values: Tensor) -> Tensor:
    shortcut = _convolved(block.shortcut, functional.avg_pool2d(values, 2))
    if isinstance(block, PooledReduction):
        return _normalized(shortcut)
    first = _normalized(_convolved(block.first.conv, functional.relu(values)))
    return _normalized(_convolved(block.second.conv, functional.relu(first))) + shortcut


def _convolved(layer: Any, values: Tensor) -> Tensor:
    """Return PyTorch's convolution with the layer's weight, even if the layer has a faster implementation."""
    return functional.conv2d(values, layer.weight, None, layer.stride, layer.padding)


def _normalized(values: Tensor) -> Tensor:
    return functional.batch_norm(values, None, None, training=True)
