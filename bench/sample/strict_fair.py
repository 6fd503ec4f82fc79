"""Strictly fair sampling: in every update each choice of each decision is trained equally often."""

import math
from dataclasses import dataclass

import numpy as np

from bench.sample.paths import Paths
from bench.spaces import Space
from bench.types import Genes


@dataclass(frozen=True, kw_only=True)
class StrictFair(Paths):
    """One block per update: per decision a random permutation of its choices, read off path by path.

    With choice lists of different lengths the block is their least common multiple, and a choice appears
    block / choices times. FairNAS: same batch, mean of the gradients (the default). The first paper's code:
    `same_batch=False, reduction="sum"`. Source: Chu et al., FairNAS; papers/single-path-ranking-correlations,
    section 3.1.
    """

    def per_update(self, space: Space) -> int:
        return math.lcm(*[len(allowed) for allowed in space.allowed])

    def draw(self, space: Space, rng: np.random.Generator) -> Genes:
        block = self.per_update(space)
        columns = [
            rng.permutation(np.repeat(np.asarray(allowed, dtype=np.int8), block // len(allowed)))
            for allowed in space.allowed
        ]
        return np.stack(columns, axis=1)
