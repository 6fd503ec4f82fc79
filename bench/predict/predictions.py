"""A trained supernet's predictions: the value that scores receive; no torch."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int8


@dataclass(frozen=True, kw_only=True, eq=False)
class Predictions:
    """What a trained supernet says of each architecture on `images` held-out images.

    `accuracy` in percent and `negative_cross_entropy` in nats: both higher is better, NaN or infinite
    where the sub-network diverged.
    """

    genes: Int8[np.ndarray, "arch decision"]
    accuracy: Float32[np.ndarray, "arch"]
    negative_cross_entropy: Float32[np.ndarray, "arch"]
    images: int
    split: str

    def by(self, score: str) -> Float64[np.ndarray, "arch"]:
        """Return the values of a score, "accuracy" or "negative-cross-entropy", in double precision."""
        values: np.ndarray = {"accuracy": self.accuracy, "negative-cross-entropy": self.negative_cross_entropy}[score]
        return values.astype(np.float64)
