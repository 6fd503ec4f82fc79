"""SETN: weights learn with uniform paths, architecture parameters with a mixture."""

from dataclasses import dataclass

from bench.optimize.bilevel import Learned
from bench.optimize.updates.darts_first_order import DartsFirstOrder
from bench.types import Choice


@dataclass(frozen=True, kw_only=True)
class Setn(DartsFirstOrder):
    """Weights are trained with the paths that are drawn, architecture parameters with the softmax mixture.

    Source: Dong & Yang, One-shot neural architecture search via self-evaluated template network (ICCV 2019), as AutoDL
    runs it, with one uniform path per update.
    """

    def trained(self, learned: Learned, drawn: Choice, progress: float) -> Choice:
        return drawn
