"""The generator of SGNAS: from an architecture and a wanted cost to the logits of architectures of that cost."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

SIZE, BLOCKS = 16, 2
"""Channels of a map [decision, choice], and residual blocks of two convolutions. Ours; the source's are for 19 x 6."""


class Generator(nn.Module):
    """Convolutions over the plane of decisions and choices; weights start uniformly within 1 / sqrt(inputs) of zero."""

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__()
        self.first = nn.Conv2d(2, SIZE, 3, padding=1)
        self.blocks = nn.ModuleList(nn.Conv2d(SIZE, SIZE, 3, padding=1) for _ in range(2 * BLOCKS))
        self.last = nn.Conv2d(SIZE, 1, 3, padding=1)
        with torch.no_grad():
            for module in (self.first, *self.blocks, self.last):
                assert isinstance(module, nn.Conv2d)
                bound = 1 / (9 * module.in_channels) ** 0.5
                for weight in module.parameters():
                    drawn = rng.uniform(-bound, bound, size=tuple(weight.shape))
                    weight.copy_(torch.from_numpy(drawn.astype(np.float32)))

    def forward(self, priors: Tensor, wanted: Tensor) -> Tensor:
        """Return logits [arch, decision, choice] from one-hot `priors` of that shape and costs 0 to 1, [arch]."""
        values = torch.stack([priors, wanted[:, None, None].expand_as(priors)], dim=1)
        values = self.first(values)
        for one, other in zip(self.blocks[0::2], self.blocks[1::2], strict=True):
            values = values + other(functional.relu(one(functional.relu(values))))
        return self.last(functional.relu(values))[:, 0]
