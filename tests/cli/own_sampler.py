"""The README's example of a sampler of one's own."""

from dataclasses import dataclass

import numpy as np

from bench.sample.paths import Paths


@dataclass(frozen=True, kw_only=True)
class TwoHalves(Paths):
    """Two paths per update that differ in every decision."""

    def per_update(self, space):
        return 2

    def draw(self, space, rng):
        pairs = [rng.choice(allowed, size=2, replace=len(allowed) < 2) for allowed in space.allowed]
        return np.stack(pairs, axis=1).astype(np.int8)
