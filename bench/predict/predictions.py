"""Predictions of a trained supernet, the input of scores; imports no torch."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int, Int8

from bench.errors import RecipeError
from bench.types import SCORES, PerArch


@dataclass(frozen=True, kw_only=True, eq=False)
class Predictions:
    """Accuracy and negative cross-entropy of each architecture on `images` held-out images.

    `accuracy` in percent and `negative_cross_entropy` in nats: both higher is better, NaN or infinite
    if the sub-network diverged. Those of a supernet are in single precision, published ones in double. `seconds` is the
    time that predicting took. `log_probability` (nats) is that of each architecture under what the update learned, None
    if it learns no probabilities.
    """

    genes: Int8[np.ndarray, "arch decision"]
    accuracy: Float[np.ndarray, "arch"]
    negative_cross_entropy: Float[np.ndarray, "arch"]
    images: int
    split: str
    seconds: float = 0.0
    log_probability: Float[np.ndarray, "arch"] | None = None

    @property
    def scores(self) -> tuple[str, ...]:
        """Return those of `SCORES` that are known."""
        return tuple(score for score in SCORES if getattr(self, score.replace("-", "_")) is not None)

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """Return the columns that there are, by name."""
        return {name: values for name, values in vars(self).items() if isinstance(values, np.ndarray)}

    @property
    def nbytes(self) -> int:
        """Return the bytes of all columns."""
        return sum(values.nbytes for values in self.arrays.values())

    def taken(self, rows: Int[np.ndarray, "taken"]) -> "Predictions":
        """Return the predictions of some rows, in their order, which took no time of their own."""
        return replace(self, seconds=0.0, **{name: values[rows] for name, values in self.arrays.items()})

    def by(self, score: str) -> PerArch:
        """Return the values of one of `scores`, higher is better; raises `RecipeError` for another name."""
        if score not in self.scores:
            raise RecipeError(f"score is {score!r}; allowed: {', '.join(self.scores)}")
        return getattr(self, score.replace("-", "_")).astype(np.float64)
