"""Supernets of the ShuffleNet blocks: their construct; the module is in network.py, which imports torch."""

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from bench.allowed import Several, at_least, between
from bench.errors import RecipeError
from bench.optimize.schedules.cosine import Cosine
from bench.slot import OPEN, setting
from bench.spaces import Space
from bench.spaces.shufflenet import CIFAR, IMAGENET, STAGES
from bench.spaces.stages import Size
from bench.supernets import Construct
from bench.supernets.norms import Norm
from bench.supernets.norms.tracked import Tracked

if TYPE_CHECKING:
    from bench.supernets.layers.supernet import Supernet


SMALL = CIFAR.settings(stem_stride=2, strides=(1, 2, 1, 1), resolution=16)
"""Blocks at 8x8 and 4x4: a kernel of 7 would be one of 3 at 2x2, as both cover everything."""


@dataclass(frozen=True, kw_only=True)
class ShufflenetNet(Construct):
    """Stem, four stages of blocks, head, classifier; every place has a block of its own for each choice.

    Size: `stem`, `widths` of the four stages of 4, 4, 8 and 4 blocks, and `head`, in channels; `stem_stride` and
    `strides`. The published size is 16, (64, 160, 320, 640) and 1,024, strides of 2, at 224x224; at 32x32 a quarter of
    the widths, half of the stem, and strides of 1 in stem and first stage. `dropout` drops features before the
    classifier, which has no bias. Source: papers/single-path-one-shot, section 4; its code.
    """

    space: ClassVar[str] = "shufflenet"
    sizes: ClassVar = {
        "smoke": {
            **CIFAR.settings(stem=4, widths=(8, 12, 16, 20), strides=(1, 2, 1, 1), head=16, resolution=8),
            "images.train": 48,
            "images.held_out": 64,
            "images.batch": 24,
            "epochs": 2,
            "prediction_batch": 64,
            "population": "random-50",
        },
        "demo": {
            **CIFAR.settings(stem=4, widths=(8, 16, 24, 32), strides=(1, 2, 1, 1), head=64, resolution=8),
            "epochs": 20,
        },
        "laptop": {**SMALL, "images.batch": 128, "epochs": 4, "population": "random-1000"},
        "paper": {**CIFAR.settings(), "population": "random-1000"},
        "full": {
            **CIFAR.settings(stem=IMAGENET.stem, widths=IMAGENET.widths, head=IMAGENET.head),
            "population": "random-1000",
        },
    }
    stand_alone: ClassVar = {
        "shufflenet/cifar10/test/4ep": {
            "preset": "laptop",
            "norm": Tracked(affine=True),
            "images.train": 5_000,
            "images.held_out": 0,
            "images.batch": 64,
            "schedule": Cosine(),
            "epochs": 4,
        }
    }

    stem: int = setting(OPEN, at_least(1, "channels"))
    widths: tuple[int, ...] = setting(OPEN, Several(at_least(4, "channels")))
    strides: tuple[int, ...] = setting(OPEN, Several(at_least(1)))
    stem_stride: int = setting(OPEN, at_least(1))
    head: int = setting(OPEN, at_least(1, "channels"))
    dropout: float = setting(0.1, between(0, 1, below=True))

    def module(self, space: Space, norm: Norm, *, channels: int, classes: int) -> "Supernet":
        name = self.slot_name()
        if len(self.widths) != len(STAGES) or any(width % 4 for width in self.widths):
            raise RecipeError(f"{name}.widths is {self.widths}; allowed: {len(STAGES)} multiples of 4, one per stage")
        if any(after <= before for before, after in pairwise((self.stem, *self.widths))):
            raise RecipeError(
                f"{name}.stem is {self.stem} and widths {self.widths}; allowed: each stage wider than what is before it"
            )
        if len(self.strides) != len(STAGES) or not set(self.strides) <= {1, 2}:
            raise RecipeError(f"{name}.strides is {self.strides}; allowed: {len(STAGES)} of 1 and 2, one per stage")
        if self.stem_stride not in (1, 2):
            raise RecipeError(f"{name}.stem_stride is {self.stem_stride}; allowed: 1 or 2")
        if norm.per_inputs:
            raise RecipeError(
                f"{norm.slot_name()}.per_inputs is True, but a chain of blocks has no edges; leave it out"
            )
        from bench.supernets.shufflenet.network import ShufflenetSupernet

        return ShufflenetSupernet(space, self, norm, channels=channels, classes=classes)

    def size(self, classes: int) -> Size:
        """Return the size of the networks."""
        return Size(self.stem, self.widths, self.strides, self.stem_stride, self.head, self.resolution, classes)
