"""Stochastic gradient descent, and what it does to weights that no path of the update used."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.errors import RecipeError
from bench.slot import Slot

if TYPE_CHECKING:
    import torch
    from torch import nn

UNSAMPLED = ("freeze", "decay")


@dataclass(frozen=True, kw_only=True)
class SGD(Slot):
    """SGD with momentum; `rate` is the peak that the schedule multiplies. None is left to the preset.

    `unsampled_params`: weights outside the update's paths rest ("freeze", PyTorch 2's default) or still
    receive momentum and weight decay ("decay", PyTorch 1's, and so the older code bases'). It speaks of whole
    tensors: where a path uses a slice of one, the rest of it decays and keeps its momentum either way.
    """

    rate: float | None = None
    momentum: float = 0.9
    nesterov: bool | None = None
    weight_decay: float | None = None
    unsampled_params: str = "freeze"

    def __post_init__(self) -> None:
        if self.unsampled_params not in UNSAMPLED:
            raise RecipeError(f"sgd.unsampled_params is '{self.unsampled_params}'; allowed: {', '.join(UNSAMPLED)}")
        if self.rate is not None and self.rate <= 0:
            raise RecipeError(f"sgd.rate is {self.rate}; allowed: above 0, or None for the preset's")
        if not 0 <= self.momentum < 1:
            raise RecipeError(f"sgd.momentum is {self.momentum}; allowed: 0 to below 1")
        if self.weight_decay is not None and self.weight_decay < 0:
            raise RecipeError(f"sgd.weight_decay is {self.weight_decay}; allowed: 0 or more")

    def build(self, supernet: "nn.Module") -> "torch.optim.Optimizer":
        """Return the optimizer over all weights of the supernet."""
        import torch

        assert self.rate is not None, "the preset fills in the rate"
        assert self.weight_decay is not None, "the preset fills in the weight decay"
        return torch.optim.SGD(
            supernet.parameters(),
            lr=self.rate,
            momentum=self.momentum,
            nesterov=bool(self.nesterov) and self.momentum > 0,
            weight_decay=self.weight_decay,
            foreach=True,
        )

    def step(self, optimizer: "torch.optim.Optimizer") -> None:
        """Move the weights along their gradients, the unsampled ones as the setting says."""
        import torch

        if self.unsampled_params == "decay":
            for group in optimizer.param_groups:
                for weight in group["params"]:
                    if weight.grad is None:
                        weight.grad = torch.zeros_like(weight)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
