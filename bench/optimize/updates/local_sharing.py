"""Distribution-consistent local sharing: architectures that match share a copy of the weights, layer by layer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from bench.allowed import Flag, Maybe, OneOf, at_least, between, positive
from bench.errors import RecipeError
from bench.optimize.updates import Batch, Trainer, Update
from bench.slot import OPEN, State, setting
from bench.spaces import Space

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True, kw_only=True)
class LocalSharing(Update):
    """Every choice of a layer has `copies` of its weights, and architectures that match use the same one.

    A layer is a decision of the space with weights; it is settled when every architecture has its copy there. In layers
    that are not settled an architecture uses a random copy each time. Training has the phases of Algorithm 1: a
    `warm_up`, then for each layer in turn a time in which it is learned and as long a time after it is settled, and
    `fine_tuning`; the two are fractions of training, and the layers divide the rest.

    While layer l is learned, a path a_i is trained together with an architecture a_j of the pool that has the same
    choice there: where both have the same choice of a layer, a_j's gradient is added to a_i's copy, times the matching
    degree lambda_ij = sigmoid(w . (h_i - h_j) + b) of that layer and choice (Eq. 8). h is what enters the layer, and w
    and b are learned by the loss of a_i after the update (Eq. 12) every `meta_every` updates, at the rate `meta_rate`.
    To settle the layer, the architectures of the pool with each choice are clustered by K-means on their degrees, and
    each cluster gets the copy with which its `representatives` have the smaller loss (Eq. 7).

    The settings that the source leaves open, and why they have their defaults:
    `pool`: how many architectures, drawn once, are trained and clustered, at most all of the space. The preset's: the
    source's 10,000, each of which is then trained about 19 times, at presets paper and full; 500 at laptop and demo,
    which are trained about 10 times there; 100 at smoke. A path outside the pool is replaced by a random member; in
    prediction one outside gets the copy of the cluster in which its scalar w . h lies. Clusters then keep their shares
    of the pool, as weights move the scalars after a layer is settled.
    `images`: training images on which features are averaged for clustering, those of the first update at most.
    `degree`: a fixed matching degree instead of the learned one, with which nothing is learned (for controls).
    `both`: a_j is trained too, with a_i's gradient; the text updates a_i alone.
    `assignment`: "learned", or "random": as learned, then the copies are permuted among the pool's architectures with
    the choice, so that each has as many users as in the learned assignment.
    `numbering`: the copy of each cluster, by the "loss" of every one-to-one map, or the clusters' order ("identity").
    A term for clusters that share a copy would only speak against sharing, as the weights are fixed.
    `meta_rate` is Adam's; the source has no optimizer. w starts as N(0, .01^2), b at 0.

    Differs from the paper: h is the mean over positions and images of the positive part of the module's input (the mean
    of all of it is 0 where a norm precedes), of all cells together, and is divided by its deviation over the pool; a
    feature map would need thousands of weights. The operation of the layer that a_i and a_j have in common
    is that of the sampler's path, not drawn first, so that architectures are trained as often as without local sharing;
    a path whose choice in the layer has no weights is trained alone. The degree multiplies the gradient inside the
    optimizer, momentum included, and Eq. 12 takes the optimizer's step for one of plain descent. The images of the
    loss after the update are the update's, augmented again. Degrees are to at most 512 architectures when clustering.
    Weights that all architectures share (stem, reductions, classifier) take no gradient of a_j. In a layer in which
    what enters is the same for all architectures the copies are drawn in equal shares.
    Forward passes for clustering, without gradients on `images` images, are not counted as passes of the training.
    Source: Distribution consistent neural architecture search (CVPR 2022), section 3.3 and Algorithm 1.
    """

    sizes: ClassVar = {
        "smoke": {"pool": 100},
        "demo": {"pool": 500},
        "laptop": {"pool": 500},
        "paper": {"pool": 10_000},  # section 4.1: N
        "full": {"pool": 10_000},
    }
    tiny: ClassVar = {"pool": 30, "representatives": 1, "images": 4, "meta_every": 1}

    copies: int = setting(2, at_least(1, "copies"))  # section 4.3: M = 2
    pool: int = setting(OPEN, at_least(1, "architectures"))
    warm_up: float = setting(10 / 150, between(0, 1, below=True, unit="of all updates"))  # section 4.1
    fine_tuning: float = setting(44 / 150, between(0, 1, below=True, unit="of all updates"))
    meta_every: int = setting(20, at_least(1, "updates"))  # section 4.1: tau
    meta_rate: float = setting(1e-3, positive())
    degree: float | None = setting(None, Maybe(between(0, 1), "learned"))
    both: bool = setting(False, Flag())
    assignment: str = setting("learned", OneOf(("learned", "random")))
    numbering: str = setting("loss", OneOf(("loss", "identity")))
    representatives: int = setting(8, at_least(1, "architectures per cluster"))
    images: int = setting(32, at_least(2, "images"))

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.warm_up + self.fine_tuning >= 1:
            raise RecipeError(
                f"{self.slot_name()}.warm_up + fine_tuning is {self.warm_up + self.fine_tuning:g}; allowed: less than "
                "1, as the layers are learned in between"
            )

    def start(self, supernet: "nn.Module", space: Space, rng: np.random.Generator) -> State:
        from bench.optimize.sharing.state import Sharing

        return Sharing(self, supernet, space, rng)

    def step(self, state: State, trainer: Trainer, batches: Sequence[Batch]) -> "Tensor":
        import torch

        from bench.optimize.sharing.pairs import pair_step
        from bench.optimize.sharing.settling import settle
        from bench.optimize.sharing.state import Sharing

        assert isinstance(state, Sharing)
        state.begin()
        learning = settle(state, trainer, batches[0])
        found = pair_step(state, trainer, batches, learning)
        state.keep_images()
        return torch.cat(found)

    def learned(self, state: State) -> dict[str, Any]:
        """Return, by "decision/choice" of the settled layers, the shares of the copies and the range of the degrees."""
        from bench.optimize.sharing.state import Sharing

        assert isinstance(state, Sharing)
        return {
            f"{decision}/{choice}": {name: rounded(getattr(rule, name)) for name in ("shares", "degrees")}
            for (decision, choice), rule in state.rules.items()
        }


def rounded(values: tuple[float, ...] | None) -> list[float] | None:
    """Return values as a log holds them."""
    return None if values is None else [round(value, 4) for value in values]
