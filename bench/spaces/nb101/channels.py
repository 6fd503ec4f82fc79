"""Widths of a NAS-Bench-101 cell's vertices, and parameters and FLOPs of its stand-alone network.

Source: Ying et al., NAS-Bench-101 (ICML 2019), section 2.2 and its code (model_builder.py).
"""

import numpy as np
from jaxtyping import Int64

from bench.spaces.nb101.graphs import CONV_1X1, CONV_3X3, INPUT, INTERIOR, OUTPUT, Edges, Operations
from bench.types import PerArch

STEM, STACKS, CELLS = 128, 3, 3
"""Channels of the stem, stacks of cells (the first keeps the channels, the others double them), cells per stack."""
RESOLUTION, CLASSES = 32, 10


def vertex_widths(edges: Edges, channels: int) -> Int64[np.ndarray, "arch vertex"]:
    """Return the output channels of each vertex of cells with `channels` output channels; 0 for input and unused ones.

    Vertices that feed the output share its channels equally, the first ones one more each where they do not divide;
    every other vertex is as wide as the widest that it feeds.

    >>> diamond = np.zeros((1, 7, 7), dtype=bool)
    >>> diamond[0, [0, 0, 1, 2], [1, 2, 6, 6]] = True
    >>> vertex_widths(diamond, 15)[0].tolist()
    [0, 8, 7, 0, 0, 0, 15]
    """
    widths = np.zeros(edges.shape[:2], dtype=np.int64)
    widths[:, OUTPUT] = channels
    feeding = edges[:, 1:OUTPUT, OUTPUT]
    share, left = np.divmod(channels, np.maximum(feeding.sum(axis=1), 1))
    wider = np.cumsum(feeding, axis=1) <= left[:, None]
    split = np.where(feeding, share[:, None] + wider, 0)
    for vertex in reversed(INTERIOR):
        fed = np.where(edges[:, vertex, 1:OUTPUT], widths[:, 1:OUTPUT], 0).max(axis=1)
        widths[:, vertex] = np.where(feeding[:, vertex - 1], split[:, vertex - 1], fed)
    return widths


def stand_alone_costs(edges: Edges, operations: Operations) -> tuple[PerArch, PerArch]:
    """Return parameters, as the benchmark records them, and multiply-adds of convolutions and classifier, each [arch].

    Batch norm counts two parameters per channel and no multiply-add.
    """
    params = np.full(len(edges), 27.0 * STEM + 2 * STEM)
    flops = np.full(len(edges), 27.0 * STEM * RESOLUTION**2)
    before = STEM
    for stack in range(STACKS):
        channels, pixels = STEM << stack, (RESOLUTION >> stack) ** 2
        projected, inner, normed = _per_cell(edges, operations, channels)
        weights = (before + (CELLS - 1) * channels) * projected + CELLS * inner
        params += weights + 2 * CELLS * normed
        flops += weights * pixels
        before = channels
    params += (before + 1) * CLASSES
    flops += before * CLASSES
    return params, flops


def _per_cell(edges: Edges, operations: Operations, channels: int) -> tuple[PerArch, PerArch, PerArch]:
    """Return, per cell, the channels of its projections, the weights of its operations, and the normalized channels."""
    widths = vertex_widths(edges, channels)
    projected = np.where(edges[:, INPUT, :], widths, 0).sum(axis=1).astype(float)
    inner = widths[:, 1:OUTPUT]
    kernels = np.where(operations == CONV_3X3, 9, np.where(operations == CONV_1X1, 1, 0))
    normed = projected + np.where(kernels > 0, inner, 0).sum(axis=1)
    return projected, (kernels * inner**2).sum(axis=1).astype(float), normed
