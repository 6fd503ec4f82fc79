"""Stochastic gradient descent, and its treatment of weights that no path of the update used."""

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
    """SGD with momentum; `rate` is the peak learning rate, which the schedule multiplies.

    `unsampled_params`: weights outside the update's paths do not change ("freeze", PyTorch 2's default) or still
    receive momentum and weight decay ("decay", the default of PyTorch 1, and so of older code bases). This concerns
    whole tensors: if a path uses a slice of a tensor, the rest of it decays and keeps its momentum either way.
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
        """Step the optimizer, treating unsampled weights according to `unsampled_params`."""
        import torch

        if self.unsampled_params == "decay":
            for group in optimizer.param_groups:
                for weight in group["params"]:
                    if weight.grad is None:
                        weight.grad = torch.zeros_like(weight)
        super().step(optimizer)
