"""Every architecture."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bench.search.problem import Problem
from bench.search.searchers import Search, Searcher


@dataclass(frozen=True, kw_only=True)
class Exhaustive(Searcher):
    """Every architecture that meets the constraints, whatever the budget: what a search could find at best."""

    several: ClassVar[bool] = True
    asks_all: ClassVar[bool] = True

    def search(self, problem: Problem, rng: np.random.Generator) -> Search:
        yield problem.everything()
