"""The controller of ENAS: an LSTM that takes one decision after another."""

import numpy as np
import torch
from torch import Tensor, nn

SIZE, LAYERS = 32, 2
"""Of AutoDL's controller for NAS-Bench-201, as the next three."""
TEMPERATURE, LARGEST = 5.0, 2.5
START = 0.1


class Controller(nn.Module):
    """The probability of a choice, given those of the decisions before it; `allowed` [decision, choice] are possible.

    A logit is 2.5 tanh(x / 5), so that no choice is ever impossible. All weights start uniformly within 0.1 of zero.
    Source: Pham et al., ENAS (ICML 2018), as AutoDL has it. Differs from it: biases start like the other weights.
    """

    allowed: Tensor

    def __init__(self, allowed: np.ndarray, rng: np.random.Generator) -> None:
        super().__init__()
        choices = allowed.shape[1]
        self.start = nn.Parameter(torch.empty(1, 1, SIZE))
        self.lstm = nn.LSTM(SIZE, SIZE, LAYERS, batch_first=True)
        self.embed, self.predict = nn.Embedding(choices, SIZE), nn.Linear(SIZE, choices)
        with torch.no_grad():
            for weight in self.parameters():
                drawn = rng.uniform(-START, START, size=tuple(weight.shape))
                weight.copy_(torch.from_numpy(drawn.astype(np.float32)))
        self.register_buffer("allowed", torch.from_numpy(allowed), persistent=False)

    def forward(self, archs: Tensor) -> Tensor:
        """Return log-probabilities [arch, decision, choice] given the choices of `archs` [arch, decision] before.

        There may be fewer decisions than the space has; the last one's choice is never read.
        """
        first = self.start.expand(len(archs), 1, SIZE)
        hidden, _ = self.lstm(torch.cat([first, self.embed(archs[:, :-1])], dim=1))
        logits = LARGEST * torch.tanh(self.predict(hidden) / TEMPERATURE)
        return logits.masked_fill(~self.allowed[: archs.shape[1]], -float("inf")).log_softmax(dim=2)

    @torch.no_grad()
    def draw(self, noise: Tensor) -> Tensor:
        """Return architectures [arch, decision] by standard Gumbel numbers [arch, decision, choice]."""
        archs = torch.zeros(noise.shape[:2], dtype=torch.long, device=noise.device)
        for decision in range(noise.shape[1]):
            log_probabilities = self(archs[:, : decision + 1])[:, decision]
            archs[:, decision] = (log_probabilities + noise[:, decision]).argmax(dim=1)
        return archs
