"""Supernets of ShuffleNet blocks and widths: their construct; the module is that of the blocks."""

from dataclasses import dataclass
from typing import ClassVar

from bench.supernets.shufflenet import ShufflenetNet


@dataclass(frozen=True, kw_only=True)
class ShufflenetScalesNet(ShufflenetNet):
    """The supernet of blocks and widths: a narrower block uses the first channels between its convolutions.

    Source: papers/single-path-one-shot, section 3.3.
    """

    space: ClassVar[str] = "shufflenet-scales"
    stand_alone: ClassVar = {}
