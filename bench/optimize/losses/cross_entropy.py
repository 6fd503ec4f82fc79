"""Cross-entropy."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.allowed import between
from bench.optimize.losses import Loss
from bench.slot import setting

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class CrossEntropy(Loss):
    """Mean cross-entropy; `smoothing` is the probability spread evenly over all classes."""

    smoothing: float = setting(0.0, between(0, 1, below=True))

    def __call__(self, logits: "Tensor", labels: "Tensor") -> "Tensor":
        from torch.nn import functional

        return functional.cross_entropy(logits, labels, label_smoothing=self.smoothing)
