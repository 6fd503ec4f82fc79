"""Cross-entropy."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.errors import RecipeError
from bench.optimize.losses import Loss

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class CrossEntropy(Loss):
    """Mean cross-entropy; `smoothing` is the probability spread evenly over all classes."""

    smoothing: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.smoothing < 1:
            raise RecipeError(f"cross-entropy.smoothing is {self.smoothing}; allowed: 0 to below 1")

    def __call__(self, logits: "Tensor", labels: "Tensor") -> "Tensor":
        from torch.nn import functional

        return functional.cross_entropy(logits, labels, label_smoothing=self.smoothing)
