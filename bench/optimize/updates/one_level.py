"""The usual update: gradients accumulate over the paths, then the optimizer steps once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.device.transfer import to_device
from bench.optimize.updates import Batch, Trainer, Update
from bench.slot import State

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class OneLevel(Update):
    """Only the weights are learned: gradients of all paths accumulate, then the optimizer steps once."""

    def step(self, state: State, trainer: Trainer, batches: Sequence[Batch]) -> "Tensor":
        import torch

        update = [choice for batch in batches for choice in batch.choices]
        scales = iter(trainer.scales(update))
        found = []
        for batch in batches:
            losses = torch.stack(trainer.losses(batch, update))
            factors = np.array([next(scales) for _ in batch.choices], dtype=np.float32)
            (losses * to_device(factors, losses.device)).sum().backward()
            found.append(losses.detach())
        trainer.descend()
        return torch.cat(found)
