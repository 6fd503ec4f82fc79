"""Path dropout: operations of a decision are dropped at random, and all others are trained together."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from bench.allowed import between
from bench.device.transfer import to_device
from bench.optimize.halves import allowed_choices
from bench.optimize.updates import Batch, Trainer
from bench.optimize.updates.one_level import OneLevel
from bench.slot import State, setting
from bench.spaces import Space
from bench.types import Mixture

if TYPE_CHECKING:
    from torch import Tensor, nn


class Drawing(State):
    """The stream from which operations are dropped."""

    def __init__(self, space: Space, rng: np.random.Generator) -> None:
        self.allowed, self.rng = allowed_choices(space), rng

    def state_dict(self) -> dict[str, Any]:
        return {"stream": json.dumps(self.rng.bit_generator.state)}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        self.rng.bit_generator.state = json.loads(saved["stream"])


@dataclass(frozen=True, kw_only=True)
class PathDropout(OneLevel):
    """Each operation of each decision is dropped with probability `rate`; the others are added up and trained.

    Where all would be dropped, a random one is kept, so that a rate of 1 trains uniform single paths. The paths that
    are drawn only count. Source: papers/single-path-one-shot, section 3.1 and Figure 1, its version of Bender et al.
    (ICML 2018).
    Differs from the paper: it does not say how operations that are kept are joined; here they are added up, which batch
    norm scales back.
    """

    rate: float = setting(0.5, between(0, 1))

    def start(self, supernet: "nn.Module", space: Space, rng: np.random.Generator) -> State:
        return Drawing(space, rng)

    def step(self, state: State, trainer: Trainer, batches: Sequence[Batch]) -> "Tensor":
        device = next(iter(trainer.supernet.parameters())).device
        own = [
            replace(
                batch,
                choices=[
                    Mixture(to_device(self.kept(cast(Drawing, state)).astype(np.float32), device))
                    for _ in batch.choices
                ],
            )
            for batch in batches
        ]
        return super().step(state, trainer, own)

    def kept(self, state: Drawing) -> np.ndarray:
        """Return which choices an update trains [decision, choice]: at least one of each decision."""
        allowed, rng = state.allowed, state.rng
        kept = allowed & (rng.random(allowed.shape) >= self.rate)
        order = np.where(allowed, rng.random(allowed.shape), -1.0)  # drawn always, so that streams keep step
        empty = ~kept.any(axis=1)
        kept[empty, order[empty].argmax(axis=1)] = True
        return kept
