"""GDAS: one operation per decision, drawn by hard Gumbel-softmax."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.allowed import positive
from bench.optimize.bilevel import Bilevel, Learned, gumbel, until_valid
from bench.slot import setting
from bench.types import Arch, Choice, Mixture

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class Gdas(Bilevel):
    """Both are trained with one drawn operation per decision, whose weight is 1 and has the gradient of a softmax.

    The temperature of the Gumbel-softmax goes linearly from `hot` to `cold`. Only the drawn operations are computed;
    the weights of the others, 0, are added as numbers. Source: Dong & Yang, Searching for a robust neural architecture
    in four GPU hours (CVPR 2019), and AutoDL. Differs from them: the temperature falls at every update, not every
    epoch.
    """

    hot: float = setting(10.0, positive())
    cold: float = setting(0.1, positive())

    def weights(self, learned: Learned, progress: float) -> "Tensor":
        return until_valid(learned.space, lambda: self.hard(learned, progress), taken)

    def hard(self, learned: Learned, progress: float) -> "Tensor":
        """Return weights [decision, choice], exactly 1 for one choice of each decision and 0 for the others."""
        from torch.nn import functional

        logits = learned.logits().log_softmax(dim=1)
        temperature = self.hot + (self.cold - self.hot) * progress
        soft = ((logits + gumbel(learned.rng, logits)) / temperature).softmax(dim=1)
        one_hot = functional.one_hot(soft.argmax(dim=1), soft.shape[1]).to(soft.dtype)
        return one_hot + (soft - soft.detach())

    def trained(self, learned: Learned, drawn: Choice, progress: float) -> Choice:
        return taken(self.weights(learned, progress))

    def asked(self, learned: Learned, progress: float) -> Choice:
        weights = self.weights(learned, progress)
        return Mixture(weights, only=taken(weights))


def taken(weights: "Tensor") -> Arch:
    """Return the architecture of the largest weights."""
    return tuple(np.atleast_1d(weights.detach().argmax(dim=1).cpu().numpy()).tolist())
