"""Supernets of NAS-Bench-101: their construct; the module is in network.py, which imports torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from bench.allowed import OneOf, at_least
from bench.errors import RecipeError
from bench.optimize.schedules.cosine import Cosine
from bench.slot import OPEN, setting
from bench.spaces import Space
from bench.spaces.nb101 import OPERATION
from bench.spaces.nb101.channels import STACKS
from bench.spaces.nb101.graphs import CONV_1X1, CONV_3X3, OPERATION_GENES
from bench.supernets import Construct
from bench.supernets.norms import Norm

if TYPE_CHECKING:
    from bench.supernets.layers.supernet import Supernet

MOST_FEEDING = 4
"""The most vertices that share the output channels; five would need ten edges."""
DYNAMIC = ("leading", "window", "subset", "interpolated", "own")
PAPER: Mapping[str, Any] = {
    "cells": 3,
    "width": 16,
    "resolution": 32,
    "population": "random-1000",
    "images.train": 40_000,
    "images.held_out": 10_000,
    "images.batch": 256,
    "optimizer.rate": 0.2,
    "optimizer.weight_decay": 1e-4,
    "schedule": Cosine(),
    "epochs": 108,
    "prediction_batch": 1_000,
}
"""The recipe of apourchot/to_share_or_not_to_share (models/nasbench_101).

Differs from that code: SGD with momentum instead of RMSProp, whose divisor is near 1 with its epsilon of 1.
"""


@dataclass(frozen=True, kw_only=True)
class NB101Net(Construct):
    """Stem, three stacks of cells with a 2x2 max pool between them, classifier; weights belong to a vertex.

    Every vertex has a 1x1 and a 3x3 convolution and a projection of the cell's input, the output another projection. A
    cell's edges and operations choose among them, and the number of vertices that feed the output sets how many
    channels each has. Cells of fewer than seven vertices use the first ones. Size: `cells` per stack, `width` channels
    of stem and first stack (doubled in each further one). Source: Ying et al., NAS-Bench-101, section 2; code of
    Pourchot et al., To share or not to share (2020).

    `channels`: the weights of a convolution with fewer channels than the largest: its "leading" ones; a "window" or a
    "subset" drawn at every use in training, in prediction the leading ones; "interpolated", the averages over equal
    parts of both channel axes; or its "own", apart for each number of channels. An affine or tracked norm takes its
    leading channels, with "own" those of the number of channels. A space with `output_edges=2` fixes the channels.
    Source: code of How to train your supernet (nasbench101/operations.py: fixed_chunck, random_chunck, select_dropout,
    interpolation, expand).
    Differs from that code: prediction draws nothing.

    `kernel_1x1`: the weights of the 1x1 convolution are its "own", the "centre" of its vertex's 3x3 kernel, or the
    "transformed-centre", multiplied by a learned factor. Source: Cai et al., Once-for-all (2020); single kernel of
    Pourchot et al.

    With `norm.per_inputs`, the norm of an operation depends on the set of edges into its vertex.
    """

    space: ClassVar[str] = "nb101"
    sizes: ClassVar = {
        "smoke": {
            "cells": 1,
            "width": 4,
            "resolution": 8,
            "images.train": 48,
            "images.held_out": 64,
            "images.batch": 24,
            "epochs": 2,
            "prediction_batch": 64,
            "population": "random-50",
        },
        "demo": {"cells": 1, "width": 8, "resolution": 8, "epochs": 30, "population": "random-1000"},
        "laptop": {
            "cells": 1,
            "width": 8,
            "resolution": 16,
            "images.batch": 64,
            # one path per update: after 421 updates of seed 0 the loss is 2.34 at .02, 2.38 at .05, 2.88 at .3
            "optimizer.rate": 0.02,
            "epochs": 4,
            "prediction_batch": 256,
            "population": "random-1000",
        },
        "paper": PAPER,
        # the networks of the table: width 128
        "full": {**PAPER, "width": 128, "images.train": 45_000, "images.held_out": 1_000, "optimizer.rate": 0.05},
    }

    cells: int = setting(OPEN, at_least(1, "cells per stack"))
    width: int = setting(OPEN, at_least(MOST_FEEDING, "channels, as so many vertices may share them"))
    channels: str = setting("leading", OneOf(DYNAMIC))
    kernel_1x1: str = setting("own", OneOf(("own", "centre", "transformed-centre")))

    @property
    def work(self) -> float:
        return float(self.cells * self.width * self.resolution**2)

    def module(self, space: Space, norm: Norm, *, channels: int, classes: int) -> "Supernet":
        if self.resolution % 2 ** (STACKS - 1):
            raise RecipeError(
                f"{self.slot_name()}.resolution is {self.resolution}; allowed: a multiple of 4, as two pools halve it"
            )
        operations = space.allowed[OPERATION_GENES[0]]
        if self.kernel_1x1 != "own" and CONV_1X1 in operations and CONV_3X3 not in operations:
            raise RecipeError(
                f"{self.slot_name()}.kernel_1x1 is '{self.kernel_1x1}', but {OPERATION[CONV_3X3]} is masked; allowed: "
                "own, or another mask"
            )
        from bench.supernets.nb101.network import NB101Supernet

        return NB101Supernet(space, self, norm, channels=channels, classes=classes)
