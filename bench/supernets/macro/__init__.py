"""Supernets of NAS-Bench-Macro: their construct; the module is in network.py, which imports torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from bench.allowed import at_least
from bench.errors import RecipeError
from bench.optimize.schedules.cosine import Cosine
from bench.slot import OPEN, setting
from bench.spaces import Space
from bench.spaces.macro import BOTTLENECKS, FIRSTS, STAGES
from bench.supernets import Construct
from bench.supernets.norms import Norm

if TYPE_CHECKING:
    from bench.supernets.layers.supernet import Supernet

BENCHMARK: Mapping[str, Any] = {
    "width": 32,
    "resolution": 32,
    "images.batch": 256,
    "optimizer.rate": 0.1,
    "optimizer.nesterov": False,
    "optimizer.weight_decay": 5e-4,
    "schedule": Cosine(),
}
"""The protocol of the benchmark's own trainings, which lasted 50 epochs; that of its authors' supernet is not known."""


@dataclass(frozen=True, kw_only=True)
class MacroNet(Construct):
    """Stem, eight blocks in three stages, a last convolution, classifier; one module per block and operation.

    `width` counts the channels of the stem; the stages have 2, 4 and 8 times as many, the last convolution 40 times.
    The identity of the first block of a stage is a strided 1x1 convolution with norm, shared like any operation.
    Networks that differ only in the place of an identity use the modules of different blocks in training, and those of
    their canonical form in prediction.
    """

    space: ClassVar[str] = "macro"
    sizes: ClassVar = {
        "smoke": {"width": 2, "resolution": 8, "images.batch": 64, "epochs": 1, "population": "random-50"},
        "demo": {"width": 4, "resolution": 8, "epochs": 30},
        "laptop": {"width": 4, "resolution": 16, "images.batch": 64, "epochs": 2},
        "paper": {**BENCHMARK, "epochs": 200},
        "full": {**BENCHMARK, "epochs": 100},
    }

    width: int = setting(OPEN, at_least(1, "channels"))

    @property
    def work(self) -> float:
        return float(self.width * self.resolution**2)

    def modules_by_choice(self, space: Space) -> Mapping[tuple[int, int], tuple[str, ...]]:
        """Return the bottlenecks of every block, and the identities that are strided convolutions."""
        return {
            (block, choice): (f"blocks.{block}.{choice}",)
            for block, allowed in enumerate(space.allowed)
            for choice in allowed
            if choice in BOTTLENECKS or block in FIRSTS
        }

    def module(self, space: Space, norm: Norm, *, channels: int, classes: int) -> "Supernet":
        name, halved = self.slot_name(), 2 ** len(STAGES)
        if self.resolution % halved:
            raise RecipeError(
                f"{name}.resolution is {self.resolution}; allowed: a multiple of {halved}, as three blocks halve it"
            )
        if norm.per_inputs:
            raise RecipeError(f"{norm.slot_name()}.per_inputs is True, but a chain has no edges; leave it out")
        from bench.supernets.macro.network import MacroSupernet

        return MacroSupernet(space, self, norm, channels=channels, classes=classes)
