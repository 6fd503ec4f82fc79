"""Random search: the baseline of every searcher."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bench.search.problem import Problem
from bench.search.searchers import Search, Searcher


@dataclass(frozen=True, kw_only=True)
class Random(Searcher):
    """Different architectures, uniform among those that meet the constraints, as many as the budget allows."""

    several: ClassVar[bool] = True

    def search(self, problem: Problem, rng: np.random.Generator) -> Search:
        yield problem.sample(rng, problem.budget)
