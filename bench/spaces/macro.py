"""NAS-Bench-Macro: eight blocks in a chain, three choices each."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float, Int

from bench.errors import DataError
from bench.spaces import Space
from bench.types import Arch, Genes, PerArch

STAGES = (2, 3, 3)
"""Blocks of each stage; the first of a stage halves the resolution and doubles the channels."""
BLOCKS = sum(STAGES)
FIRSTS = tuple(sum(STAGES[:stage]) for stage in range(len(STAGES)))
"""The first block of each stage."""
CHOICES = ("identity", "mb3-k3", "mb6-k5")
"""Identity; inverted bottleneck with expansion 3 and kernel 3; with expansion 6 and kernel 5."""
BOTTLENECKS = {1: (3, 3), 2: (6, 5)}
"""(expansion, kernel) of each choice that is an inverted bottleneck."""
HEAD = 40
"""Channels of the last convolution per channel of the stem: 1,280 of 32 in the benchmark."""


@dataclass(frozen=True, kw_only=True)
class Macro(Space):
    """NAS-Bench-Macro: eight blocks in a chain, one of three operations each.

    String: eight digits 0..2, the choice of each block, in order from the input.
    An identity in the first block of a stage is a strided 1x1 convolution; elsewhere it leaves the block out, so that
    networks whose stages differ only in the place of an identity are the same: 3,969 are different.
    Source: Su et al., Prioritized Architecture Sampling with Monto-Carlo Tree Search (CVPR 2021).

    >>> Macro().size, Macro().parse("22212202")
    (6561, (2, 2, 2, 1, 2, 2, 0, 2))
    """

    @property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        return (CHOICES,) * BLOCKS

    def parse(self, text: str) -> Arch:
        text = text.strip()
        if len(text) != BLOCKS:
            raise DataError(f"'{text}' has {len(text)} digits, expected {BLOCKS}, one per block")
        if set(text) - set("012"):
            raise DataError(f"'{text}' has characters other than 0, 1, 2 (identity, mb3-k3, mb6-k5)")
        return tuple(int(digit) for digit in text)

    def spell(self, arch: Arch) -> str:
        return "".join(str(choice) for choice in arch)

    def canonical(self, genes: Genes) -> Genes:
        """Return the genes with the blocks that are left out at the end of their stage (6,561 networks -> 3,969)."""
        found = genes.copy()
        for first, blocks in zip(FIRSTS, STAGES, strict=True):
            others = slice(first + 1, first + blocks)
            order = np.argsort(genes[:, others] == 0, axis=1, kind="stable")
            found[:, others] = np.take_along_axis(genes[:, others], order, axis=1)
        return found

    def nonlinear(self, genes: Genes) -> Int[np.ndarray, "arch"]:
        """Return the number of bottlenecks, each of which has two ReLUs.

        >>> Macro().nonlinear(np.array([[2, 2, 2, 1, 2, 2, 0, 2]], dtype=np.int8)).tolist()
        [7]
        """
        return np.isin(genes, list(BOTTLENECKS)).sum(axis=1)

    def costs(self, genes: Genes) -> dict[str, PerArch]:
        """Return `params` and `flops` (multiply-adds at 32x32, ten classes) of the benchmark's networks.

        Both are those that the published table records, for every network.
        """
        always, of_block = _costs()
        params, flops = (always[:, None] + of_block[np.arange(BLOCKS), genes].sum(axis=1).T).astype(float)
        return {"params": params, "flops": flops}


@cache
def _costs(
    width: int = 32, resolution: int = 32, classes: int = 10
) -> tuple[Float[np.ndarray, "2"], Float[np.ndarray, "block choice 2"]]:
    """Return parameters and FLOPs of what every network has, and of each choice of each block."""
    last, head = width * 2 ** len(STAGES), HEAD * width
    end = (resolution >> len(STAGES)) ** 2
    always = np.array([27.0 * width + 2 * width, 27.0 * width * resolution**2])
    always += [last * head + 2 * head + (head + 1) * classes, last * head * end + head * classes]
    of_block = np.zeros((BLOCKS, len(CHOICES), 2))
    before, side = width, resolution
    for block in range(BLOCKS):
        strided = block in FIRSTS
        after, inner = (2 * before, side // 2) if strided else (before, side)
        if strided:
            of_block[block, 0] = before * after + 2 * after, before * after * inner**2
        for choice, (expansion, kernel) in BOTTLENECKS.items():
            middle = expansion * before
            weights = before * middle, kernel**2 * middle, middle * after
            of_block[block, choice] = (
                sum(weights) + 4 * middle + 2 * after,
                weights[0] * side**2 + (weights[1] + weights[2]) * inner**2,
            )
        before, side = after, inner
    return always, of_block
