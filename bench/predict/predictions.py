"""Predictions of a trained supernet, the input of scores; imports no torch."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int8

from bench.errors import RecipeError
from bench.types import SCORES, PerArch


@dataclass(frozen=True, kw_only=True, eq=False)
class Predictions:
    """Accuracy and negative cross-entropy of each architecture on `images` held-out images.

    `accuracy` in percent and `negative_cross_entropy` in nats: both higher is better, NaN or infinite
    if the sub-network diverged. Those of a supernet are in single precision, published ones in double. `seconds` is the
    time that predicting took.
    """

    genes: Int8[np.ndarray, "arch decision"]
    accuracy: Float[np.ndarray, "arch"]
    negative_cross_entropy: Float[np.ndarray, "arch"]
    images: int
    split: str
    seconds: float = 0.0

    def by(self, score: str) -> PerArch:
        """Return the values of one of `SCORES`, higher is better; raises `RecipeError` for another name."""
        if score not in SCORES:
            raise RecipeError(f"score is {score!r}; allowed: {', '.join(SCORES)}")
        return getattr(self, score.replace("-", "_")).astype(np.float64)
