"""Supernets of inverted bottlenecks: their construct; the module is in network.py, which imports torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from bench.allowed import Several, at_least, between
from bench.errors import RecipeError
from bench.slot import OPEN, setting
from bench.spaces import Space
from bench.spaces.mbconv import CIFAR, IMAGENET, STAGES
from bench.spaces.stages import Size
from bench.supernets import Construct
from bench.supernets.norms import Norm
from bench.supernets.norms.tracked import Tracked

if TYPE_CHECKING:
    from bench.supernets.layers.supernet import Supernet


TINY = {"stem": 4, "widths": (2, 4, 4, 4, 6, 6, 8), "strides": (1, 1, 2, 1, 1, 1, 1), "head": 16, "resolution": 8}


@dataclass(frozen=True, kw_only=True)
class MBConvNet(Construct):
    """Stem, seven stages of 1, 2, 2, 3, 3, 4 and 1 inverted bottlenecks, head, classifier.

    Every layer has weights of its own for each choice. Size: `stem`, `widths` of the stages, and `head`, in channels;
    `stem_stride` and `strides`. `dropout` drops features before the classifier.
    Source: papers/distribution-consistent-nas, section 4.1; sizes: Tan & Le, EfficientNet (ICML 2019).
    """

    space: ClassVar[str] = "mbconv"
    sizes: ClassVar = {
        "smoke": {
            **CIFAR.settings(**TINY),
            "images.train": 48,
            "images.held_out": 64,
            "images.batch": 24,
            "epochs": 2,
            "prediction_batch": 64,
            "population": "random-50",
        },
        "demo": {**CIFAR.settings(**TINY), "epochs": 20},
        "laptop": {
            **CIFAR.settings(stem_stride=2, strides=(1, 1, 2, 1, 1, 1, 1), head=128, resolution=16),
            "images.batch": 128,
            "epochs": 2,
            "population": "random-1000",
        },
        "paper": {**CIFAR.settings(), "population": "random-1000"},
        "full": {
            **CIFAR.settings(stem=IMAGENET.stem, widths=IMAGENET.widths, head=IMAGENET.head),
            "population": "random-1000",
        },
    }
    stand_alone: ClassVar = {
        "mbconv/cifar10/test/4ep": {
            "preset": "laptop",
            "norm": Tracked(affine=True),
            "images.train": 5_000,
            "images.held_out": 0,
            "images.batch": 64,
            "epochs": 4,
        }
    }

    stem: int = setting(OPEN, at_least(1, "channels"))
    widths: tuple[int, ...] = setting(OPEN, Several(at_least(1, "channels")))
    strides: tuple[int, ...] = setting(OPEN, Several(at_least(1)))
    stem_stride: int = setting(OPEN, at_least(1))
    head: int = setting(OPEN, at_least(1, "channels"))
    dropout: float = setting(0.0, between(0, 1, below=True))

    def modules_by_choice(self, space: Space) -> Mapping[tuple[int, int], tuple[str, ...]]:
        """Return the bottleneck of every choice at every layer."""
        return {
            (layer, choice): (f"layers.{layer}.{choice}",)
            for layer, allowed in enumerate(space.allowed)
            for choice in allowed
        }

    def module(self, space: Space, norm: Norm, *, channels: int, classes: int) -> "Supernet":
        name = self.slot_name()
        if len(self.widths) != len(STAGES):
            raise RecipeError(f"{name}.widths is {self.widths}; allowed: {len(STAGES)} numbers, one per stage")
        if len(self.strides) != len(STAGES) or not set(self.strides) <= {1, 2}:
            raise RecipeError(f"{name}.strides is {self.strides}; allowed: {len(STAGES)} of 1 and 2, one per stage")
        if self.stem_stride not in (1, 2):
            raise RecipeError(f"{name}.stem_stride is {self.stem_stride}; allowed: 1 or 2")
        if norm.per_inputs:
            raise RecipeError(
                f"{norm.slot_name()}.per_inputs is True, but a chain of layers has no edges; leave it out"
            )
        from bench.supernets.mbconv.network import MBConvSupernet

        return MBConvSupernet(self, norm, channels=channels, classes=classes)

    def size(self, classes: int) -> Size:
        """Return the size of the networks."""
        return Size(self.stem, self.widths, self.strides, self.stem_stride, self.head, self.resolution, classes)
