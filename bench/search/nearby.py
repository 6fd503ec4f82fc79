"""Architectures that differ in one decision: descents to a lower score, and walks among those that are admitted."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Int8

from bench.spaces import Space
from bench.types import Flags, Genes, PerArch

PASSES = 10
"""Most passes of a descent over all decisions; the first is enough where every decision adds its own part."""
STEPS, ROUNDS = 1_000, 200
"""Steps of a walk per round, and rounds without a new architecture after which it ends."""
WIDER = 10
"""Architectures that a walk finds for each one that is wanted, if there are as many."""


def lowered(space: Space, starts: Genes, score: Callable[[Genes], PerArch]) -> Genes:
    """Return where descents from `starts` end: decision by decision each takes the choice of the lowest score.

    A score that is a sum over decisions ends at its minimum, if every combination of choices is valid.
    """
    ends = starts.copy()
    lowest = np.asarray(score(ends), dtype=float)
    for _ in range(PASSES):
        before = lowest.copy()
        for decision, allowed in enumerate(space.allowed):
            for choice in allowed:
                other = ends.copy()
                other[:, decision] = choice
                value = np.full(len(other), np.inf)
                if (valid := space.valid(other)).any():
                    value[valid] = score(other[valid])
                better = value < lowest
                ends[better], lowest[better] = other[better], value[better]
        if (lowest == before).all():
            break
    return ends


def walked(
    space: Space,
    rng: np.random.Generator,
    seeds: Int8[np.ndarray, "seed decision"],
    admits: Callable[[Genes], Flags],
    count: int,
    seen: np.ndarray,
) -> Int8[np.ndarray, "walked decision"]:
    """Return up to `count` different architectures that are reached from `seeds` by admitted ones, none `seen`.

    Every step changes one decision of one that was reached; what is returned is drawn among ten times as many. `seen`
    are keys of the space.
    """
    reached, fruitless = distinct(space, seeds), 0
    new = np.isin(space.keys(reached), seen, invert=True)
    while new.sum() < WIDER * count and fruitless < ROUNDS:
        steps = reached[rng.integers(len(reached), size=STEPS)]
        decisions = rng.integers(space.decisions, size=STEPS)
        for decision, allowed in enumerate(space.allowed):
            here = decisions == decision
            steps[here, decision] = rng.choice(np.asarray(allowed, dtype=np.int8), size=int(here.sum()))
        steps = steps[space.valid(steps)]
        before = len(reached)
        reached = distinct(space, np.concatenate([reached, steps[admits(steps)]]))
        fruitless = 0 if len(reached) > before else fruitless + 1
        new = np.isin(space.keys(reached), seen, invert=True)
    found = reached[new]
    return found[rng.choice(len(found), size=min(count, len(found)), replace=False)]


def distinct(space: Space, genes: Int8[np.ndarray, "repeated decision"]) -> Int8[np.ndarray, "distinct decision"]:
    """Return each architecture once, in the order in which they first stand."""
    return genes[np.sort(np.unique(space.keys(genes), return_index=True)[1])]
