"""Optimizers; one file per optimizer."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.allowed import positive
from bench.registry import Registry
from bench.slot import OPEN, Slot, setting

if TYPE_CHECKING:
    import torch
    from torch import nn


@dataclass(frozen=True, kw_only=True)
class Optimizer(Slot, ABC):
    """How gradients change the weights; `rate` is the peak learning rate, which the schedule multiplies."""

    rate: float = setting(OPEN, positive())

    @abstractmethod
    def build(self, supernet: "nn.Module") -> "torch.optim.Optimizer":
        """Return a PyTorch optimizer over all weights of the supernet; its `state_dict` is part of the checkpoint."""

    def step(self, optimizer: "torch.optim.Optimizer") -> None:
        """Step the optimizer and clear the gradients."""
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)


OPTIMIZERS: Registry[type[Optimizer]] = Registry("optimizers", "bench.optimize.optimizers", Optimizer)
