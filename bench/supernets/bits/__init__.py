"""Supernets of mixed precision: their construct; the module is in network.py, which imports torch."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from bench.allowed import OneOf, at_least, positive
from bench.errors import RecipeError
from bench.slot import OPEN, setting
from bench.spaces import Space
from bench.spaces.bits import Bits
from bench.supernets import Construct
from bench.supernets.norms import Norm
from bench.supernets.norms.tracked import Tracked

if TYPE_CHECKING:
    from bench.supernets.layers.supernet import Supernet


@dataclass(frozen=True, kw_only=True)
class BitsNet(Construct):
    """A residual network whose convolutions share one float weight over all bit widths and widths.

    A convolution uses the first channels of its weight and quantizes them at the chosen bits, so that the scale of the
    levels is that of the channels in use; stem and classifier stay float. `width` counts the channels of the first
    stage, doubled by each later one. Activations are clipped and quantized before each convolution, a shortcut without
    a convolution passes them on unchanged.
    `clip` is the initial clipping value: 6 by a trial (281 updates at preset `laptop`, seed 0: training loss 1.78, with
    2 it is 1.80), which short trainings hardly change. Each convolution has one "per-bits" of its activations, or a
    single one ("shared"; `clips`). Like every weight it is decayed, as in PACT, which pulls it down.
    Differs from the paper: it does not say which clipping values are shared, nor how weights are quantized.
    Source: papers/single-path-one-shot, section 4; bench/supernets/layers/quantize.py names the quantizers' sources.
    """

    space: ClassVar[str] = "bits"
    sizes: ClassVar = {
        "smoke": {
            "width": 2,
            "resolution": 8,
            "images.train": 96,
            "images.held_out": 64,
            "images.batch": 24,
            "epochs": 2,
            "prediction_batch": 64,
            "population": "random-50",
        },
        "demo": {"width": 4, "resolution": 8, "epochs": 20, "population": "random-1000"},
        # smaller batches than the preset's 128: with one network per update, many updates are needed
        "laptop": {"width": 8, "resolution": 16, "images.batch": 64, "epochs": 4, "population": "random-1000"},
        "paper": {"width": 16, "resolution": 32, "population": "random-1000"},
        # the levels of a quantizer are no numbers of bfloat16
        "full": {"width": 16, "resolution": 32, "precision": "float32", "population": "random-1000"},
    }

    stand_alone: ClassVar = {
        "bits/cifar10/test/2ep": {"preset": "laptop", "norm": Tracked(affine=True), "images.held_out": 0, "epochs": 2}
    }

    width: int = setting(OPEN, at_least(2, "channels"))
    clip: float = setting(6.0, positive())
    clips: str = setting("per-bits", OneOf(("per-bits", "shared")))

    @property
    def work(self) -> float:
        return float(self.width * self.resolution**2)

    def module(self, space: Space, norm: Norm, *, channels: int, classes: int) -> "Supernet":
        assert isinstance(space, Bits)
        name = self.slot_name()
        halved = space.layout.reduction << (len(space.layout.stages) - 1)
        if self.resolution % halved:
            raise RecipeError(
                f"{name}.resolution is {self.resolution}; allowed: a multiple of {halved}, to which {space.network} "
                "reduces it"
            )
        if self.width % 2:
            raise RecipeError(f"{name}.width is {self.width}; allowed: an even number, as blocks take half of it")
        if norm.per_inputs:
            raise RecipeError(f"{norm.slot_name()}.per_inputs is True, but this space has no edges; leave it out")
        from bench.supernets.bits.network import BitsSupernet

        return BitsSupernet(space, self, norm, channels=channels, classes=classes)
