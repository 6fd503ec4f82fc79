"""The README's example of a sampler and a study of one's own."""

from dataclasses import dataclass, replace

import numpy as np

from bench.recipe import Recipe
from bench.sample.paths import Paths
from bench.study import Row, Study


@dataclass(frozen=True, kw_only=True)
class TwoHalves(Paths):
    """Two paths per update that differ in every decision."""

    def per_update(self, space):
        return 2

    def draw(self, space, rng):
        pairs = [rng.choice(allowed, size=2, replace=len(allowed) < 2) for allowed in space.allowed]
        return np.stack(pairs, axis=1).astype(np.int8)


BASE = Recipe()

STUDY = Study(
    name="two-halves",
    question="Does it help to train two opposite paths per update?",
    source="mine",
    table="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0,),
    rows=(Row("two halves", replace(BASE, paths=TwoHalves())),),
)
