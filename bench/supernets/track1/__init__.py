"""Supernets of the CVPR 2021 channel space: their construct; the module is in network.py, which imports torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from bench.allowed import OneOf
from bench.errors import RecipeError
from bench.optimize.schedules.cosine import Cosine
from bench.optimize.schedules.warm_up import WarmUp
from bench.slot import setting
from bench.spaces import Space
from bench.supernets import Construct
from bench.supernets.norms import Norm

if TYPE_CHECKING:
    from bench.supernets.layers.supernet import Supernet

PAPER: Mapping[str, Any] = {
    "resolution": 32,
    "images.dataset": "cifar100",
    "images.batch": 128,
    "optimizer.rate": 0.1,
    "optimizer.weight_decay": 5e-4,
    "schedule": WarmUp(fraction=0.019, then=Cosine()),
    "epochs": 300,
}
"""The code of papers/neural-channel-search; 2,000 of 300 * 351 updates warm up."""
COPIES = ("full", "front", "end", "independent")


@dataclass(frozen=True, kw_only=True)
class Track1Net(Construct):
    """A ResNet-20 whose layers share weights over all widths, as slices or copies.

    A convolution (`conv`), its `norm`, and the `classifier` each have one copy, of which every width uses the first
    channels ("full", also the channel block of papers/single-path-one-shot, section 3.3); one per number of input
    channels ("front"), per number of output channels ("end"), or per pair of both ("independent"). A classifier's
    outputs are the classes, so "front" would be "independent". Source: papers/neural-channel-search, section 3.2.
    `shortcut`: a 1x1 convolution with norm around a block "where-needed", that is if shapes differ
    (papers/neural-channel-search, section 2), or "always" (its code).
    """

    space: ClassVar[str] = "track1"
    sizes: ClassVar = {
        "smoke": {
            "resolution": 8,
            "images.train": 24,
            "images.held_out": 64,
            "images.batch": 12,
            "epochs": 2,
            "prediction_batch": 64,
            "population": "random-50",
        },
        "demo": {"resolution": 8, "epochs": 20},
        # smaller batches than the paper's 128: with one network per update, many updates are needed
        "laptop": {"resolution": 16, "images.batch": 32, "epochs": 4},
        "paper": PAPER,
        "full": {**PAPER, "epochs": 100},
    }

    shortcut: str = setting("where-needed", OneOf(("where-needed", "always")))
    conv: str = setting("full", OneOf(COPIES))
    norm: str = setting("full", OneOf(COPIES))
    classifier: str = setting("full", OneOf(("full", "independent")))

    def module(self, space: Space, norm: Norm, *, channels: int, classes: int) -> "Supernet":
        name = self.slot_name()
        if self.resolution % 4:
            raise RecipeError(
                f"{name}.resolution is {self.resolution}; allowed: a multiple of 4, as two layers halve it"
            )
        if norm.per_inputs:
            raise RecipeError(f"{norm.slot_name()}.per_inputs is True, but a channel space has no edges; leave it out")
        if self.norm != "full" and not norm.affine and norm.momentum is None:
            raise RecipeError(
                f"{name}.norm is '{self.norm}', but this norm has nothing to share; allowed: full, or a norm that is "
                "affine or tracked"
            )
        from bench.supernets.track1.network import Track1Supernet

        return Track1Supernet(space, self, norm, channels=channels, classes=classes)
