"""Stochastic gradient descent, and what it does to weights that no path of the update used."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.allowed import Flag, OneOf, between, not_negative
from bench.optimize.optimizers import Optimizer
from bench.slot import OPEN, setting

if TYPE_CHECKING:
    import torch
    from torch import nn


@dataclass(frozen=True, kw_only=True)
class SGD(Optimizer):
    """SGD with momentum; `rate` is the peak that the schedule multiplies.

    `unsampled_params`: weights outside the update's paths rest ("freeze", PyTorch 2's default) or still
    receive momentum and weight decay ("decay", PyTorch 1's, and so the older code bases'). It speaks of whole
    tensors: where a path uses a slice of one, the rest of it decays and keeps its momentum either way.
    """

    momentum: float = setting(0.9, between(0, 1, below=True))
    nesterov: bool = setting(OPEN, Flag())
    weight_decay: float = setting(OPEN, not_negative())
    unsampled_params: str = setting("freeze", OneOf(("freeze", "decay")))

    def build(self, supernet: "nn.Module") -> "torch.optim.Optimizer":
        import torch

        return torch.optim.SGD(
            supernet.parameters(),
            lr=self.rate,
            momentum=self.momentum,
            nesterov=self.nesterov and self.momentum > 0,
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
        super().step(optimizer)
