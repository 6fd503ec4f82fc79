"""Supernets of DARTS: their construct; the module is in network.py, which imports torch."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from bench.allowed import OneOf, at_least
from bench.errors import RecipeError
from bench.optimize.schedules.cosine import Cosine
from bench.slot import OPEN, setting
from bench.spaces import Space
from bench.supernets import Construct
from bench.supernets.norms import Norm

if TYPE_CHECKING:
    from bench.supernets.layers.supernet import Supernet

PAPER = {
    # code base of How to train your supernet: the settings of its DARTS-NDS supernets
    "layers": 8,
    "width": 16,
    "resolution": 32,
    "images.batch": 64,
    "schedule": Cosine(final=0.04),  # .001 of .025
    "epochs": 150,
}


@dataclass(frozen=True, kw_only=True)
class DartsNet(Construct):
    """A stack of normal cells and two reduction cells; one weight per (cell, node, input, operation).

    Size: `layers` cells, of which those at a third and two thirds reduce; `width` channels per node of the first,
    doubled by each reduction. All normal cells of a sub-network have the same operations, but weights of their own;
    so have the reduction cells. A node that takes the same operation of the same input twice uses its weight twice,
    where a stand-alone network has two.

    `pools`: a pooling is followed by a norm without parameters ("normalized"), as in the supernet of the paper's code,
    or not ("plain"), as in its evaluation networks. Source: Liu et al., DARTS (ICLR 2019).

    With a `Mixture`, a node is the sum over its two decisions of all their choices times their weights. A decision's
    choices are the operations on all edges into the node, so that the 14 edges and 8 operations of a cell are the
    choices of one decision per node: DARTS' relaxed cell is its softmax over the operations of each edge as the
    weights of the first decision of each node, and zeros as those of the second.
    """

    space: ClassVar[str] = "darts"
    sizes: ClassVar = {
        "smoke": {
            "layers": 3,
            "width": 2,
            "resolution": 8,
            "images.train": 64,
            "images.held_out": 64,
            "images.batch": 32,
            "epochs": 2,
            "prediction_batch": 64,
            "population": "random-50",
        },
        "demo": {"layers": 5, "width": 4, "resolution": 8, "epochs": 60},
        "laptop": {"layers": 5, "width": 8, "resolution": 16, "images.batch": 64, "epochs": 2},
        "paper": PAPER,
        # the evaluation network of the paper, section 3.2, for fewer epochs than its 600
        "full": {**PAPER, "layers": 20, "width": 36, "images.batch": 96, "epochs": 100},
    }

    layers: int = setting(OPEN, at_least(3, "cells"))
    width: int = setting(OPEN, at_least(2, "channels"))
    pools: str = setting("normalized", OneOf(("normalized", "plain")))

    @property
    def work(self) -> float:
        return float(self.layers * self.width * self.resolution**2)

    def module(self, space: Space, norm: Norm, *, channels: int, classes: int) -> "Supernet":
        name = self.slot_name()
        if self.resolution % 4:
            raise RecipeError(
                f"{name}.resolution is {self.resolution}; allowed: a multiple of 4, as two cells halve it"
            )
        if self.width % 2:
            raise RecipeError(
                f"{name}.width is {self.width}; allowed: an even number, as a reduction joins two halves of it"
            )
        if norm.per_inputs:
            raise RecipeError(f"{norm.slot_name()}.per_inputs is True, which supernets of darts lack; leave it out")
        from bench.supernets.darts.network import DartsSupernet

        return DartsSupernet(space, self, norm, channels=channels, classes=classes)
