"""Distillation from the largest architecture, while both are trained."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from bench.optimize.losses import Loss

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class RunningTeacher(Loss):
    """Cross-entropy for the largest architecture; all others learn its softmax on the same images, and no labels.

    Every update must train the largest, as `sandwich` does. Where paths have batches of their own, the teacher is
    asked on each, without a gradient, which counts as a forward pass. Source: Yu & Huang, Universally slimmable
    networks (ICCV 2019), inplace distillation; papers/neural-channel-search, section 3.4.
    """

    teacher: ClassVar[str | None] = "running"

    def __call__(self, logits: "Tensor", labels: "Tensor") -> "Tensor":
        from torch.nn import functional

        return functional.cross_entropy(logits, labels)

    def taught(self, logits: "Tensor", labels: "Tensor", teacher: "Tensor") -> "Tensor":
        """Return the cross-entropy to the teacher's probabilities."""
        from torch.nn import functional

        return functional.cross_entropy(logits, teacher.softmax(dim=1))
