"""Regularized evolution: a tournament whose oldest member dies."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from bench.allowed import OneOf, at_least
from bench.search.problem import Problem
from bench.search.searchers import Search, Searcher
from bench.search.searchers.evolution import archs
from bench.slot import setting
from bench.types import Arch


@dataclass(frozen=True, kw_only=True)
class RegularizedEvolution(Searcher):
    """Aging evolution: the best of a random `sample` of the population has a child, and the oldest member dies.

    The child differs from its parent in one decision. Source: Real et al., Regularized evolution for image classifier
    architecture search (AAAI 2019), Algorithm 1, with its population of 100 and sample of 25.

    The sample is drawn with replacement, as the algorithm has it. A child that is invalid, misses a constraint or is
    refused is made again, `tries` times with other parents; then a random architecture that was not asked takes its
    place. `repeated`: a child that was asked before is refused ("refused"), so that every child counts; or it enters
    the population with its known score and costs no budget ("kept"), with which a search in a small space may end early
    among copies.

    Differs from the paper: it trains a repeated architecture again and counts it.
    """

    population: int = setting(100, at_least(1, "architectures"))
    sample: int = setting(25, at_least(1, "architectures"))
    repeated: str = setting("refused", OneOf(("refused", "kept")))
    tries: int = setting(100, at_least(1, "children"))

    def search(self, problem: Problem, rng: np.random.Generator) -> Search:
        first = problem.sample(rng, self.population)
        scores = yield first
        alive = deque(zip(archs(first), scores[:, 0].tolist(), strict=True))
        asked = dict.fromkeys(arch for arch, _ in alive)
        while True:
            child = self._child(problem, rng, list(alive), asked)
            if child is None:
                return
            scores = yield np.array([child], dtype=np.int8)
            alive.append((child, float(scores[0, 0])))
            alive.popleft()
            asked[child] = None

    def _child(
        self, problem: Problem, rng: np.random.Generator, alive: list[tuple[Arch, float]], asked: dict[Arch, None]
    ) -> Arch | None:
        """Return the next child; None if every feasible architecture was asked."""
        for _ in range(self.tries):
            drawn = [alive[place] for place in rng.integers(len(alive), size=self.sample)]
            parent = max(drawn, key=lambda member: member[1])[0]
            child = one_changed(rng, problem, parent)
            if child == parent or (self.repeated == "refused" and child in asked):
                continue
            if problem.feasible(np.array([child], dtype=np.int8))[0]:
                return child
        new = problem.sample(rng, 1, without=np.array(list(asked), dtype=np.int8))
        return archs(new)[0] if len(new) else None


def one_changed(rng: np.random.Generator, problem: Problem, arch: Arch) -> Arch:
    """Return the architecture with another choice at one decision; itself if no decision has two choices."""
    open_decisions = [place for place, allowed in enumerate(problem.space.allowed) if len(allowed) > 1]
    if not open_decisions:
        return arch
    decision = open_decisions[rng.integers(len(open_decisions))]
    others = [choice for choice in problem.space.allowed[decision] if choice != arch[decision]]
    return (*arch[:decision], others[rng.integers(len(others))], *arch[decision + 1 :])
