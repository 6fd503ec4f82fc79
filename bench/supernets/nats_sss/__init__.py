"""Supernets of the NATS-Bench size space: their construct; the module is in network.py, which imports torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from bench.allowed import OneOf, at_least
from bench.errors import RecipeError
from bench.optimize.schedules.cosine import Cosine
from bench.optimize.schedules.warm_up import WarmUp
from bench.slot import OPEN, setting
from bench.spaces import Space
from bench.spaces.nats_sss import REDUCTIONS, STEP
from bench.supernets import Construct
from bench.supernets.norms import Norm

if TYPE_CHECKING:
    from bench.supernets.layers.supernet import Supernet

PAPER: Mapping[str, Any] = {
    "divisor": 1,
    "resolution": 32,
    "images.batch": 128,
    "optimizer.rate": 0.1,
    "optimizer.weight_decay": 5e-4,
    "schedule": WarmUp(fraction=0.019, then=Cosine()),
    "epochs": 300,
}
"""The code of papers/neural-channel-search, whose own space is track1."""
COPIES = ("full", "front", "end", "independent")


@dataclass(frozen=True, kw_only=True)
class NatsSssNet(Construct):
    """Stem, three cells with a residual reduction between them, classifier; layers share weights over all widths.

    Every width is that of the space divided by `divisor`. A convolution (`conv`), its `norm`, and the `classifier` each
    have one copy, of which every width uses the first channels ("full"); one per number of input channels ("front"),
    per number of output channels ("end"), or per pair of both ("independent"). Where a convolution has as many
    channels after as before, and in the last norm, the last three are the same: one copy per width. A classifier's
    outputs are the classes, so "front" would be "independent". Source: papers/neural-channel-search, section 3.2.
    """

    space: ClassVar[str] = "nats-sss"
    sizes: ClassVar = {
        "smoke": {"divisor": 8, "resolution": 8, "images.batch": 64, "epochs": 1, "population": "random-50"},
        "demo": {"divisor": 4, "resolution": 8, "epochs": 20, "population": "random-1000"},
        "laptop": {"divisor": 4, "resolution": 16, "images.batch": 32, "epochs": 4, "population": "random-1000"},
        "paper": PAPER,
        "full": {**PAPER, "epochs": 100},
    }

    divisor: int = setting(OPEN, at_least(1, "channels of the space per channel"))
    conv: str = setting("full", OneOf(COPIES))
    norm: str = setting("full", OneOf(COPIES))
    classifier: str = setting("full", OneOf(("full", "independent")))

    @property
    def work(self) -> float:
        return float(self.resolution**2 / self.divisor)

    def module(self, space: Space, norm: Norm, *, channels: int, classes: int) -> "Supernet":
        name, halved = self.slot_name(), 2 ** len(REDUCTIONS)
        if self.resolution % halved:
            raise RecipeError(
                f"{name}.resolution is {self.resolution}; allowed: a multiple of {halved}, as two layers halve it"
            )
        if STEP % self.divisor:
            raise RecipeError(f"{name}.divisor is {self.divisor}; allowed: 1, 2, 4 or 8, so that widths stay whole")
        if norm.per_inputs:
            raise RecipeError(
                f"{norm.slot_name()}.per_inputs is True, but every network of this space has the same edges; leave it "
                "out"
            )
        if self.norm != "full" and not norm.affine and norm.momentum is None:
            raise RecipeError(
                f"{name}.norm is '{self.norm}', but this norm has nothing to share; allowed: full, or a norm that is "
                "affine or tracked"
            )
        from bench.supernets.nats_sss.network import NatsSssSupernet

        return NatsSssSupernet(space, self, norm, channels=channels, classes=classes)
