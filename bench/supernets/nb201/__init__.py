"""Supernets of NAS-Bench-201: their construct; the module is in network.py, which imports torch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from bench.allowed import OneOf, Several, at_least, between
from bench.errors import RecipeError
from bench.optimize.schedules.cosine import Cosine
from bench.slot import OPEN, setting
from bench.spaces import Space
from bench.spaces.nb201 import AVG_POOL, CONV_1X1, CONV_3X3, OPERATIONS, SKIP
from bench.supernets import Construct, Stack
from bench.supernets.norms import Norm
from bench.supernets.norms.tracked import Tracked
from bench.types import Arch, Choice, PerCell

if TYPE_CHECKING:
    from bench.supernets.layers.supernet import Supernet

STAGES = 3
WITHOUT_WEIGHTS = (OPERATIONS[SKIP], OPERATIONS[AVG_POOL])


@dataclass(frozen=True, kw_only=True)
class NB201Net(Construct):
    """Stem, three stages of cells with a reduction before the second and third, classifier; one weight per operation.

    Size: `cells` per stage, `width` channels of the first stage (doubled at each reduction). `reduction` is the block
    that halves the resolution between stages: "residual", the benchmark's block of two 3x3 convolutions, or "pooled",
    only its shortcut (2x2 average pool, 1x1 convolution, norm). With one cell per stage, the four convolutions of
    residual reductions dominate the network, and cells are hardly distinguishable; see the study `reduction`.

    Sharing: `topology`: in training all cells have the same architecture ("shared"), or each its own ("free"); in
    prediction it is always shared. Source: papers/single-path-ranking-correlations, section 4.3. `operations_on`: each
    "edge" has its own weights, or all edges into a "node" share them. Source: code base of How to train your supernet
    (op_on_edge, op_on_node).

    Operations: `linear_transformers` names the operations without weights that get a linear 1x1 convolution (no norm,
    no bias, no activation) in training and prediction; stand-alone networks and their costs do not include it. Source:
    papers/single-path-ranking-correlations, section 4.2. `kernel_1x1` selects the weights of the 1x1 convolution: its
    "own", the "centre" of the 3x3 kernel on its edge, or the "transformed-centre", multiplied by a learned factor (a
    once-for-all kernel transform for one pixel). Without an affine norm only the sign of that factor matters. Source:
    Cai et al., Once-for-all (2020). `path_dropout` drops the result of an edge (never an identity) per image in
    training; the rate of a cell is this times the fraction of cells up to it, and kept results are scaled up.
    `global_dropout` drops features before the classifier. Source: code base of How to train your supernet.
    `partial_channels`: operations act on the first of so many equal parts of the channels, on one channel at least, and
    the others go past them; channels are interleaved afterwards. An edge without an operation passes nothing, but in a
    `Mixture` the others pass whatever the weights. Source: Xu et al., PC-DARTS (ICLR 2020), and its code.
    """

    space: ClassVar[str] = "nb201"
    sizes: ClassVar = {
        "smoke": {"cells": 1, "width": 2, "resolution": 8, "reduction": "pooled", "population": "connected-500"},
        "demo": {"cells": 1, "width": 4, "resolution": 8, "reduction": "pooled"},
        "laptop": {"cells": 1, "width": 8, "resolution": 16, "reduction": "pooled"},
        # papers/single-path-ranking-correlations, section 3: the small network
        "paper": {"cells": 2, "width": 32, "resolution": 32, "reduction": "residual"},
        # Dong & Yang, NAS-Bench-201, section 2: the networks of its table
        "full": {"cells": 5, "width": 16, "resolution": 32, "reduction": "residual"},
    }

    stand_alone: ClassVar = {
        "nb201/digits/test/30ep": {
            "preset": "demo",
            "norm": Tracked(affine=True),
            "images.train": 900,
            "images.held_out": 0,
            "images.batch": 128,
            "optimizer.rate": 0.1,
            "schedule": Cosine(),
            "epochs": 30,
            "prediction_batch": 897,
        },
        # short trainings of one's own, which know no published accuracy: about 40 s of one core per network
        "nb201/cifar10/test/3ep": {
            "preset": "laptop",
            "norm": Tracked(affine=True),
            "images.held_out": 0,
            "schedule": Cosine(),
            "prediction_batch": 500,
        },
    }

    cells: int = setting(OPEN, at_least(1, "cells per stage"))
    width: int = setting(OPEN, at_least(1, "channels"))
    reduction: str = setting(OPEN, OneOf(("residual", "pooled")))
    topology: str = setting("shared", OneOf(("shared", "free")))
    operations_on: str = setting("edge", OneOf(("edge", "node")))
    linear_transformers: tuple[str, ...] = setting((), Several(OneOf(WITHOUT_WEIGHTS)))
    kernel_1x1: str = setting("own", OneOf(("own", "centre", "transformed-centre")))
    path_dropout: float = setting(0.0, between(0, 1, below=True))
    global_dropout: float = setting(0.0, between(0, 1, below=True))
    partial_channels: int = setting(1, at_least(1, "parts of the channels"), before=1)

    @property
    def work(self) -> float:
        return float(self.cells * self.width * self.resolution**2)

    @property
    def archs_per_path(self) -> int:
        return STAGES * self.cells if self.topology == "free" else 1

    def modules_by_choice(self, space: Space) -> Mapping[tuple[int, int], tuple[str, ...]]:
        """Return the modules of each operation with weights, one per cell; none if edges or kernels share weights."""
        if self.operations_on != "edge" or self.kernel_1x1 != "own":
            return {}
        cells = [f"stages.{stage}.{cell}" for stage in range(STAGES) for cell in range(self.cells)]
        with_weights = (OPERATIONS[CONV_1X1], OPERATIONS[CONV_3X3], *self.linear_transformers)
        return {
            (edge, choice): tuple(f"{cell}.operations.{edge}/{choice}" for cell in cells)
            for edge, allowed in enumerate(space.allowed)
            for choice in allowed
            if OPERATIONS[choice] in with_weights
        }

    def choice(self, archs: Sequence[Arch]) -> Choice:
        return PerCell(tuple(archs)) if self.topology == "free" else archs[0]

    def module(self, space: Space, norm: Norm, *, channels: int, classes: int) -> "Supernet":
        if self.resolution % 4:
            raise RecipeError(
                f"{self.slot_name()}.resolution is {self.resolution}; allowed: a multiple of 4, as two reductions "
                "halve it"
            )
        if self.kernel_1x1 != "own" and any(CONV_1X1 in kept and CONV_3X3 not in kept for kept in space.allowed):
            raise RecipeError(
                f"{self.slot_name()}.kernel_1x1 is '{self.kernel_1x1}', but {OPERATIONS[CONV_3X3]} is masked; "
                "allowed: own, or another mask"
            )
        from bench.supernets.nb201.network import NB201Supernet

        return NB201Supernet(space, self, norm, channels=channels, classes=classes)

    def stack(self, space: Space, norm: Norm) -> Stack:
        plain = NB201Net(cells=self.cells, width=self.width, resolution=self.resolution, reduction="pooled")
        if self != plain or not isinstance(norm, Tracked) or norm.per_inputs or not norm.affine:
            raise RecipeError(
                f"{self} with {norm} has no stacked networks; allowed: reduction pooled, norm Tracked(affine=True), "
                "plain operations and sharing"
            )
        from bench.supernets.nb201.stacked import StackedNetworks

        return StackedNetworks
