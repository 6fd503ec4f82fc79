"""The ShuffleNet space of Single path one-shot with a width for every block."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bench.allowed import Maybe, Text
from bench.errors import DataError
from bench.slot import setting
from bench.spaces.shufflenet import (
    BLOCKS,
    CIFAR,
    PLACES,
    SCALES,
    WHOLE,
    Halves,
    Shufflenet,
    block_costs,
    numbers_of,
    spelled_list,
)
from bench.types import Arch, Genes


@dataclass(frozen=True, kw_only=True)
class ShufflenetScales(Shufflenet):
    """ShuffleNet blocks and their widths: at each of 20 places one of four blocks and one of eight widths.

    A width is .2, .4, ... 1.6 times half of the block's output channels, between its convolutions. Decisions are the 20
    blocks, then the 20 widths. String: the two published lists, joined by '+': `[0,3,...]+[6,5,...]`. `blocks`, a
    published list, leaves those blocks alone, so that only widths are chosen.
    Source: papers/single-path-one-shot, section 3.3 and 4; its code.
    """

    scales: ClassVar[tuple[int, ...]] = SCALES

    blocks: str | None = setting(None, Maybe(Text(), "every block"), before=None)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.blocks is not None:
            numbers_of(self.blocks, self.blocks, BLOCKS, "block")

    @property
    def allowed(self) -> tuple[tuple[int, ...], ...]:
        if self.blocks is None:
            return super().allowed
        given = numbers_of(self.blocks, self.blocks, BLOCKS, "block")
        return (*((choice,) for choice in given), *super().allowed[PLACES:])

    @property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        return (BLOCKS,) * PLACES + (tuple(str(scale / WHOLE) for scale in SCALES),) * PLACES

    @property
    def decision_names(self) -> tuple[str, ...]:
        """Return the block of each place, then the width of each."""
        return tuple(f"{name} {place}" for name in ("block", "width") for place in range(1, PLACES + 1))

    def parse(self, text: str) -> Arch:
        """Return the block of each place, then the index of its width."""
        parts = text.split("+")
        if len(parts) != 2:
            raise DataError(f"'{text}' is {len(parts)} lists; expected blocks and widths, [0,...]+[6,...]")
        return numbers_of(parts[0], text, BLOCKS, "block") + numbers_of(parts[1], text, self.choices[-1], "width")

    def spell(self, arch: Arch) -> str:
        return f"{spelled_list(arch[:PLACES])}+{spelled_list(arch[PLACES:])}"

    def halves(self, genes: Genes) -> Halves:
        return genes[:, :PLACES], genes[:, PLACES:]

    def extremes(self) -> Genes:
        """Return the architectures of the fewest and of the most parameters: the narrowest and the widest blocks."""
        params = block_costs(CIFAR)[0]
        ends = [(params[..., 0].argmin(axis=1), 0), (params[..., -1].argmax(axis=1), len(SCALES) - 1)]
        if self.blocks is not None:
            given = np.array(numbers_of(self.blocks, self.blocks, BLOCKS, "block"))
            ends = [(given, scale) for _, scale in ends]
        return np.stack([np.append(blocks, [scale] * PLACES) for blocks, scale in ends]).astype(np.int8)
