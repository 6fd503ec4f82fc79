"""What a trained supernet says of architectures: the value that scores receive; no torch."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int8


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
