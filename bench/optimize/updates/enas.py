"""ENAS: a controller draws the sub-networks, and is rewarded by their accuracy."""

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from bench.allowed import at_least, between, not_negative, positive
from bench.device.transfer import to_device
from bench.optimize.halves import TRIES, Halved, Halves, allowed_choices, logged, none_valid
from bench.optimize.updates import Batch, Trainer
from bench.slot import State, setting
from bench.spaces import Space
from bench.types import Arch, Choice, Genes, PerArch

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.optim import Optimizer

    from bench.optimize.controller import Controller

LOGGED = 100
"""Architectures of the controller over which the log's probabilities are a mean."""
CHUNK = 4096
"""Architectures whose log-probabilities are computed at a time."""


class Controlled(Halved):
    """The controller, the optimizer that steps it, and the running mean of rewards; None before the first."""

    def __init__(self, controller: "Controller", optimizer: "Optimizer", space: Space, rng: np.random.Generator):
        super().__init__(space, rng)
        self.controller, self.optimizer = controller, optimizer
        self.baseline: float | None = None

    def draw(self, rng: np.random.Generator, count: int) -> "Tensor":
        """Return `count` architectures [arch, decision] of the controller; those outside the space are drawn again.

        Raises `RecipeError` if none is inside.
        """
        import torch

        found: list[Tensor] = []
        tried = 0
        while sum(map(len, found)) < count:
            shape = (TRIES if tried else count, *tuple(self.controller.allowed.shape))
            noise = to_device(rng.gumbel(size=shape).astype(np.float32), self.controller.start.device)
            archs = self.controller.draw(noise)
            valid = self.space.valid(archs.cpu().numpy().astype(np.int8))
            found.append(archs[to_device(valid, archs.device)])
            tried += len(archs)
            if tried >= TRIES and not sum(map(len, found)):
                raise none_valid(self.space)
        return torch.cat(found)[:count]

    def state_dict(self) -> dict[str, Any]:
        own = {"controller": self.controller.state_dict(), "optimizer": self.optimizer.state_dict()}
        return super().state_dict() | copy.deepcopy(own) | {"baseline": self.baseline}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        super().load_state_dict(saved)
        self.controller.load_state_dict(saved["controller"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.baseline = saved["baseline"]


@dataclass(frozen=True, kw_only=True)
class Enas(Halves):
    """Weights are trained with architectures of a controller, which REINFORCE steps by the accuracy of others.

    The paths that are drawn only count. After the weights, the controller draws `samples` architectures; their rewards
    are the accuracy (0 to 1) on one batch of its own images and `entropy` times the entropy of the draw (nats). Rewards
    count as they differ from their running mean, of which each moves 1 - `decay`. Adam steps the controller with `rate`
    and `epsilon`, gradients clipped to the norm `clip`. Source: Pham et al., ENAS (ICML 2018), as AutoDL runs it.
    Differs from it: every update of the weights is followed by one of the controller, on the mean of `samples`; AutoDL
    has 50 of the mean of 20 after every epoch.
    """

    samples: int = setting(2, at_least(1, "architectures"))
    rate: float = setting(1e-3, positive())
    epsilon: float = setting(1e-3, positive())
    entropy: float = setting(1e-4, not_negative())
    decay: float = setting(0.99, between(0, 1, below=True))
    clip: float = setting(5.0, positive())

    def start(self, supernet: "nn.Module", space: Space, rng: np.random.Generator) -> State:
        import torch

        from bench.optimize.controller import Controller

        controller = Controller(allowed_choices(space), rng).to(next(iter(supernet.parameters())).device)
        optimizer = torch.optim.Adam(controller.parameters(), lr=self.rate, eps=self.epsilon)
        return Controlled(controller, optimizer, space, rng)

    def trained(self, state: Halved, drawn: Choice, progress: float) -> Choice:
        (arch,) = cast(Controlled, state).draw(state.rng, 1).tolist()
        return tuple(arch)

    def learn(self, state: Halved, trainer: Trainer, images: np.ndarray, trained: Batch) -> None:
        """Step the controller by the rewards of what it draws."""
        import torch

        own = cast(Controlled, state)
        archs = own.draw(own.rng, self.samples)
        choices: list[Arch] = [tuple(arch) for arch in archs.tolist()]
        accuracies = trainer.accuracies(Batch(choices=choices, images=images)).tolist()
        every = own.controller(archs)
        taken = every.gather(2, archs[:, :, None]).sum(dim=(1, 2))
        entropies = -(every.exp() * every.masked_fill(every.isinf(), 0.0)).sum(dim=(1, 2))
        gains = []
        for accuracy, entropy in zip(accuracies, entropies.tolist(), strict=True):
            reward = accuracy + self.entropy * entropy
            own.baseline = reward if own.baseline is None else own.baseline + (1 - self.decay) * (reward - own.baseline)
            gains.append(reward - own.baseline)
        loss = -(taken * torch.tensor(gains, device=taken.device)).mean()
        own.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(own.controller.parameters(), self.clip)
        own.optimizer.step()

    def log_probability(self, state: State, genes: Genes) -> PerArch | None:
        """Return the log-probability that the controller draws each architecture."""
        import torch

        controller, found = cast(Controlled, state).controller, []
        with torch.no_grad():
            for start in range(0, len(genes), CHUNK):
                archs = to_device(genes[start : start + CHUNK].astype(np.int64), controller.start.device)
                found.append(controller(archs).gather(2, archs[:, :, None]).double().sum(dim=(1, 2)).cpu().numpy())
        return np.concatenate([np.empty(0), *found])

    def learned(self, state: State) -> dict[str, Any]:
        import torch

        own = cast(Controlled, state)
        archs = own.draw(copy.deepcopy(own.rng), LOGGED)  # a copy, so that the log moves no stream
        with torch.no_grad():
            return {"probabilities": logged(own.controller(archs).exp().mean(dim=0)), "reward": own.baseline}
