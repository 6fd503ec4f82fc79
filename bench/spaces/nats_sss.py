"""The size space of NATS-Bench: five widths of a network with a fixed cell."""

from dataclasses import dataclass

import numpy as np

from bench.errors import DataError
from bench.spaces import Space
from bench.types import Arch, Genes, PerArch

LAYERS = 5
"""Cell, reduction, cell, reduction, cell; the stem is as wide as the first cell."""
REDUCTIONS = (1, 3)
"""Layers, counted from 0, that halve the resolution."""
STEP = 8
WIDTHS = tuple(str(width) for width in range(STEP, 65, STEP))
CELL = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|"
"""The cell of all networks, the best of NAS-Bench-201 on CIFAR-100."""
CONVOLUTIONS = (2, 3)
"""3x3 convolutions of a cell that begin at its input, and that begin at a later node."""


@dataclass(frozen=True, kw_only=True)
class NatsSss(Space):
    """NATS-Bench size: the widths of the five layers of a network with a fixed cell, 8 to 64 in steps of 8 channels.

    String: five widths joined by ':', in order from the input.
    Layers 1, 3 and 5 are cells, layers 2 and 4 residual blocks that halve the resolution.
    Source: Dong et al., NATS-Bench (TPAMI 2021).

    >>> NatsSss().size, NatsSss().parse("64:64:56:64:24")
    (32768, (7, 7, 6, 7, 2))
    """

    @property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        return (WIDTHS,) * LAYERS

    def parse(self, text: str) -> Arch:
        parts = text.strip().split(":")
        if len(parts) != LAYERS:
            raise DataError(f"'{text}' has {len(parts)} widths, expected {LAYERS} joined by ':'")
        for layer, part in enumerate(parts, 1):
            if part not in WIDTHS:
                raise DataError(f"'{text}': width '{part}' of layer {layer}; allowed: {', '.join(WIDTHS)}")
        return tuple(WIDTHS.index(part) for part in parts)

    def spell(self, arch: Arch) -> str:
        return ":".join(WIDTHS[choice] for choice in arch)

    def costs(self, genes: Genes) -> dict[str, PerArch]:
        """Return `params`, `flops` (multiply-adds at 32x32, ten classes) and `sum-of-widths`.

        FLOPs count as NAS-Bench-201 records them: convolutions and the classifier, one per classifier bias.
        """
        widths = STEP * (genes.astype(float) + 1)
        first, last = widths[:, 0], widths[:, -1]
        params, flops = 27 * first + 2 * first, 27 * first * 32**2
        before, from_input, from_node = first, *CONVOLUTIONS
        for layer in range(LAYERS):
            after, reductions = widths[:, layer], sum(layer >= place for place in REDUCTIONS)
            if layer in REDUCTIONS:
                weights = 9 * before * after + 9 * after**2 + before * after
                norms = 2.0
            else:
                projected = before != after  # the skip connection is then a 1x1 convolution with norm
                weights = 9 * (from_input * before * after + from_node * after**2) + projected * before * after
                norms = from_input + from_node + projected
            params += weights + 2 * after * norms
            flops += weights * (32 >> reductions) ** 2
            before = after
        params += 2 * last + (last + 1) * 10
        flops += (last + 1) * 10
        return {"params": params, "flops": flops, "sum-of-widths": np.asarray(widths.sum(axis=1))}
