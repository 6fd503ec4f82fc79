"""Which weights two architectures of a supernet share."""

from dataclasses import dataclass

from bench.errors import RecipeError
from bench.slot import Slot

TOPOLOGIES = ("shared", "free")
PLACES = ("edge", "node")
COPIES = ("full", "front", "end", "independent")
CLASSIFIER_COPIES = ("full", "independent")


@dataclass(frozen=True, kw_only=True)
class Sharing(Slot):
    """One copy of a weight per (cell, edge, operation) or per layer, unless a field says otherwise; all combine freely.

    Cell spaces: `topology`: in training all cells take one architecture ("shared"), or each draws its own
    ("free"); prediction shares it always. Source: papers/single-path-ranking-correlations, section 4.3.
    `operations_on`: weights belong to an "edge", or to a "node", then the edges into it use the same ones.
    Source: code base of How to train your supernet (op_on_edge, op_on_node).
    `split`: the decision whose choices get a supernet each (few-shot), after the portion `split_after` of
    training has gone to one for all, from which they start; 0 trains them apart from the beginning. None: no
    split. Source: Zhao et al., Few-shot neural architecture search (ICML 2021).
    Channel spaces: of a convolution (`conv`), its `norm`, and the `classifier` there is one copy, of which every
    width takes the first channels ("full", also the channel block of papers/single-path-one-shot, section 3.3);
    one per number of incoming channels ("front"), per number of outgoing channels ("end"), or per pair of both
    ("independent"). A classifier's outgoing channels are the classes, so "front" would be "independent".
    Source: papers/neural-channel-search, section 3.2.
    """

    topology: str = "shared"
    operations_on: str = "edge"
    split: int | None = None
    split_after: float = 0.5
    conv: str = "full"
    norm: str = "full"
    classifier: str = "full"

    def __post_init__(self) -> None:
        for name, allowed in (
            ("topology", TOPOLOGIES),
            ("operations_on", PLACES),
            ("conv", COPIES),
            ("norm", COPIES),
            ("classifier", CLASSIFIER_COPIES),
        ):
            if getattr(self, name) not in allowed:
                raise RecipeError(f"sharing.{name} is '{getattr(self, name)}'; allowed: {', '.join(allowed)}")
        if self.split is not None and self.split < 0:
            raise RecipeError(f"sharing.split is {self.split}; allowed: the number of a decision, from 0, or None")
        if not 0 <= self.split_after < 1:
            raise RecipeError(f"sharing.split_after is {self.split_after}; allowed: 0 to below 1, of all updates")
