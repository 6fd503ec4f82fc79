"""Searchers: which architectures to ask next, given the scores of those asked so far; one per file, no torch."""

from abc import ABC, abstractmethod
from collections.abc import Generator
from typing import ClassVar

import numpy as np
from jaxtyping import Float

from bench.registry import Registry
from bench.search.problem import Problem
from bench.slot import Slot
from bench.types import Genes

Scores = Float[np.ndarray, "arch objective"]
"""What each architecture of a batch scored, higher is better: costs are negated, a diverged prediction is -inf."""

Search = Generator[Genes, Scores, None]
"""Yields batches of architectures [arch, decision], and is sent the scores of each batch, in its order."""


class Searcher(Slot, ABC):
    """A search, written as a generator that yields batches of architectures and is sent their scores.

    The budget counts distinct architectures. One that was asked before costs nothing and gets the same score. The
    search ends when the budget is used up, in the middle of a batch if need be, when every architecture that meets the
    constraints was asked, or when the generator returns. What is yielded must meet the constraints
    (`problem.feasible`). The first objective is the supernet's score.

    A searcher remembers nothing outside its generator and draws only from `rng`: a killed search is continued by
    running the generator again on the scores kept so far.
    """

    several: ClassVar[bool] = False
    """Whether it searches for several objectives at once; a search for one objective is refused none."""
    asks_all: ClassVar[bool] = False
    """Whether it asks every architecture, whatever the budget: the reference of a comparison."""

    @abstractmethod
    def search(self, problem: Problem, rng: np.random.Generator) -> Search:
        """Yield batches of architectures until the search is over: `scores = yield genes`."""


SEARCHERS: Registry[type[Searcher]] = Registry("searchers", "bench.search.searchers", Searcher)


def for_several() -> list[str]:
    """Return the names of the registered searchers that search for several objectives at once."""
    return [name for name in SEARCHERS.names() if SEARCHERS.get(name).several]
