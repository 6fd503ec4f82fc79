"""The channel space of the CVPR 2021 NAS competition, track 1: 19 searchable widths of a ResNet-20."""

from dataclasses import dataclass

import numpy as np

from bench.errors import DataError
from bench.spaces import Space
from bench.types import Arch, Genes, PerArch

LARGEST = (16,) * 7 + (32,) * 6 + (64,) * 6
"""Largest width of layers 1-7, 8-13 and 14-19; the widths of a layer are 4, 8, ... up to it."""
STEP = 4
WIDTHS = tuple(tuple(str(width) for width in range(STEP, top + 1, STEP)) for top in LARGEST)


@dataclass(frozen=True, kw_only=True)
class Track1(Space):
    """CVPR 2021 track 1: the widths of the 19 layers of a ResNet-20, in steps of 4 channels.

    String: nineteen widths joined by '-'; the published strings have an unused twentieth number.
    Source: the competition's track 1; papers/neural-channel-search, section 3.

    >>> f"{Track1().size:.3g}"
    '7.21e+16'
    """

    @property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        return WIDTHS

    def parse(self, text: str) -> Arch:
        """Return the choice index of each layer; the unused twentieth number may be absent.

        >>> Track1().parse("-".join(["4"] * 18 + ["64"]))[-2:]
        (0, 15)
        """
        parts = text.strip().split("-")
        if len(parts) not in (len(LARGEST), len(LARGEST) + 1):
            raise DataError(f"'{text}' has {len(parts)} widths, expected 19, or 20 with the unused last one")
        genes = []
        for layer, (part, names) in enumerate(zip(parts, self.choices, strict=False), 1):
            if part not in names:
                raise DataError(f"'{text}': width '{part}' of layer {layer}; allowed: {', '.join(names)}")
            genes.append(names.index(part))
        return tuple(genes)

    def spell(self, arch: Arch) -> str:
        return "-".join(str(STEP * (choice + 1)) for choice in arch)

    def costs(self, genes: Genes) -> dict[str, PerArch]:
        """Return `params`, `flops` (multiply-adds at 32x32, 100 classes) and `sum-of-widths`.

        The shortcut is a 1x1 convolution with batch norm where input and output shapes differ, as in the paper.
        """
        widths = STEP * (genes.astype(float) + 1)
        params = 27 * widths[:, 0] + 2 * widths[:, 0]
        flops = 27 * widths[:, 0] * 32**2
        for block in range(9):
            stage = block // 3
            pixels, strided = (32 >> stage) ** 2, stage > 0 and block % 3 == 0
            before, middle, after = widths[:, 2 * block], widths[:, 2 * block + 1], widths[:, 2 * block + 2]
            weights = 9 * before * middle + 9 * middle * after
            shortcut = np.where((before != after) | strided, 1.0, 0.0)
            weights += shortcut * before * after
            params += weights + 2 * middle + 2 * after * (1 + shortcut)
            flops += weights * pixels
        params += (widths[:, -1] + 1) * 100
        flops += (widths[:, -1] + 1) * 100
        return {"params": params, "flops": flops, "sum-of-widths": widths.sum(axis=1)}
