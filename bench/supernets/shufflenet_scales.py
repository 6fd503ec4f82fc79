"""Supernets of ShuffleNet blocks and widths: their construct; the module is that of the blocks."""

from dataclasses import dataclass
from typing import ClassVar

from bench.supernets.shufflenet import ShufflenetNet


@dataclass(frozen=True, kw_only=True)
class ShufflenetScalesNet(ShufflenetNet):
    """The supernet of blocks and widths: a narrower block uses the first channels between its convolutions.

    A network that is trained alone uses the first channels of the widest too. Source: papers/single-path-one-shot,
    section 3.3.
    """

    space: ClassVar[str] = "shufflenet-scales"
    stand_alone: ClassVar = {
        "shufflenet-scales/cifar10/test/4ep": ShufflenetNet.stand_alone["shufflenet/cifar10/test/4ep"]
    }
