"""PC-DARTS: mixtures with a weight for every edge, for supernets whose operations act on a part of the channels."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from bench.allowed import between, positive
from bench.device.transfer import to_device
from bench.optimize.bilevel import Learned
from bench.optimize.halves import Halved, allowed_choices, logged
from bench.optimize.updates import Batch, Trainer
from bench.optimize.updates.darts_first_order import DartsFirstOrder
from bench.slot import State, setting
from bench.spaces import Space
from bench.types import Choice, Mixture

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.optim import Optimizer


class Normalized(Learned):
    """Parameters of the choices, and `of_edges` [decision], those of the decisions whose results are added up."""

    def __init__(
        self,
        parameters: "nn.Parameter",
        of_edges: "nn.Parameter",
        optimizer: "Optimizer",
        space: Space,
        rng: np.random.Generator,
    ):
        super().__init__(parameters, optimizer, space, rng)
        self.of_edges = of_edges
        nodes = np.array(space.nodes)
        self.together = to_device(nodes[:, None] == nodes[None], parameters.device)

    @property
    def every(self) -> "list[nn.Parameter]":
        return [self.parameters, self.of_edges]

    def edge_weights(self) -> "Tensor":
        """Return the weight of each decision [decision]; those of a node sum to 1."""
        rivals = self.of_edges[None].masked_fill(~self.together, -float("inf"))
        return (self.of_edges - rivals.logsumexp(dim=1)).exp()


@dataclass(frozen=True, kw_only=True)
class PcDarts(DartsFirstOrder):
    """DARTS whose decisions have weights, too: softmax over those whose results are added up in a node.

    The weight of a decision multiplies its mixture, and what goes past its operations where these act on a part of the
    channels (`nb201-net.partial_channels`, 4 in the source); without that, it is DARTS with edge normalization alone.
    Parameters are not stepped before the fraction `starts` of training, epoch 15 of 50 in the source. A decision's
    weight multiplies all of its choices alike, so that it ranks no architecture of a space that keeps every decision.
    Source: Xu et al., PC-DARTS (ICLR 2020), and its code. Differs from it: moments and decay of Adam are AutoDL's, and
    so are the settings of the weights.
    """

    rate: float = setting(6e-4, positive())
    starts: float = setting(0.3, between(0, 1, below=True, unit="of all updates"))

    def start(self, supernet: "nn.Module", space: Space, rng: np.random.Generator) -> State:
        parameters = self.drawn(supernet, rng, *allowed_choices(space).shape)
        of_edges = self.drawn(supernet, rng, space.decisions)
        return Normalized(parameters, of_edges, self.adam([parameters, of_edges]), space, rng)

    def weights(self, learned: Learned, progress: float) -> "Tensor":
        return super().weights(learned, progress) * cast(Normalized, learned).edge_weights()[:, None]

    def trained(self, state: Halved, drawn: Choice, progress: float) -> Choice:
        learned = cast(Normalized, state)
        return Mixture(self.weights(learned, progress).detach(), beside=learned.edge_weights().detach())

    def asked(self, learned: Learned, progress: float) -> Choice:
        return Mixture(self.weights(learned, progress), beside=cast(Normalized, learned).edge_weights())

    def learn(self, state: Halved, trainer: Trainer, images: np.ndarray, trained: Batch) -> None:
        if trainer.progress >= self.starts:
            super().learn(state, trainer, images, trained)

    def learned(self, state: State) -> dict[str, Any]:
        return super().learned(state) | {"edge_weights": logged(cast(Normalized, state).edge_weights())}
