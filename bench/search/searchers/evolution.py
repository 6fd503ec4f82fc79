"""Evolutionary search of single-path one-shot."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bench.allowed import Maybe, OneOf, at_least, between
from bench.errors import RecipeError
from bench.search.problem import Problem
from bench.search.searchers import Search, Searcher
from bench.slot import setting
from bench.types import Arch, Genes


@dataclass(frozen=True, kw_only=True)
class Evolution(Searcher):
    """Algorithm 1 of Guo et al., Single path one-shot NAS (ECCV 2020), sec. 3.4: crossover and mutation of the best.

    A generation is `population` architectures: `crossovers` children of two of the `top` best so far, each decision
    from either parent, and as many others by mutation of one of them. Parents are drawn with replacement. At the
    budget of 1,000 the paper's 20 generations of 50 are asked.

    Where the paper's text is silent, its published code decides, and each such point is a setting:
    `mutate_to`: a mutated decision is redrawn from all its choices, its own included, so that with four choices .075 of
    them change ("any"), or from the others ("other"). `repeated`: an architecture that was visited before is no child
    ("refused"), or is one and costs no budget ("kept"). `tries`: a child that is refused, or misses a constraint, is
    made again, at most ten times as often as children are wanted. `shortfall`: those still missing are random ones
    ("random"), or the generation stays smaller ("fewer").

    Differs from the paper's code: that makes and evaluates one more generation, which never enters the best, so that
    its 1,050 evaluations count as 1,000.
    """

    population: int = setting(50, at_least(2, "architectures"))
    generations: int | None = setting(
        None, Maybe(at_least(1, "generations"), "as many as the budget allows, 20 at the paper's 1,000 architectures")
    )
    top: int = setting(10, at_least(1, "parents"))
    crossovers: int = setting(25, at_least(0, "children of a generation"))
    mutation: float = setting(0.1, between(0, 1))
    mutate_to: str = setting("any", OneOf(("any", "other")))
    repeated: str = setting("refused", OneOf(("refused", "kept")))
    tries: int = setting(10, at_least(1, "times as many as children are wanted"))
    shortfall: str = setting("random", OneOf(("random", "fewer")))

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.crossovers > self.population:
            raise RecipeError(
                f"evolution.crossovers is {self.crossovers}; allowed: 0 to its population, {self.population}"
            )

    def search(self, problem: Problem, rng: np.random.Generator) -> Search:
        visited: dict[Arch, float] = {}
        batch, generation = problem.sample(rng, self.population), 1
        while len(batch):
            scores = yield batch
            visited |= zip(archs(batch), scores[:, 0].tolist(), strict=True)
            if generation == self.generations:
                return
            parents = sorted(visited, key=lambda arch: -visited[arch])[: self.top]  # stable: of equals the earlier
            batch, generation = self._children(problem, rng, parents, set(visited)), generation + 1

    def _children(self, problem: Problem, rng: np.random.Generator, parents: list[Arch], visited: set[Arch]) -> Genes:
        """Return the next generation."""
        refused = set(visited) if self.repeated == "refused" else set()
        children: list[Arch] = []
        mutants = self.population - self.crossovers
        ways: tuple[tuple[Callable[[], Arch], int], ...] = (
            (lambda: mutated(rng, problem, _one(rng, parents), self.mutation, self.mutate_to), mutants),
            (lambda: crossed(rng, _one(rng, parents), _one(rng, parents)), self.crossovers),
        )
        for make, wanted in ways:
            made = 0
            for _ in range(self.tries * wanted):
                if made == wanted:
                    break
                child = make()
                if child in refused or not problem.feasible(np.array([child], dtype=np.int8))[0]:
                    continue
                children.append(child)
                made += 1
                if self.repeated == "refused":
                    refused.add(child)
        missing = self.population - len(children)
        if missing and self.shortfall == "random":
            seen = np.array([*visited, *children], dtype=np.int8)
            children += archs(problem.sample(rng, missing, without=seen))
        return np.array(children, dtype=np.int8).reshape(-1, problem.space.decisions)


def archs(genes: Genes) -> list[Arch]:
    """Return the rows as tuples."""
    return [tuple(row) for row in genes.tolist()]


def _one(rng: np.random.Generator, among: list[Arch]) -> Arch:
    return among[rng.integers(len(among))]


def mutated(rng: np.random.Generator, problem: Problem, arch: Arch, probability: float, to: str) -> Arch:
    """Return the architecture with each decision redrawn with a probability, from "any" of its choices or an "other".

    It may be invalid, or miss the constraints.
    """
    child = list(arch)
    for decision, allowed in enumerate(problem.space.allowed):
        if rng.random() < probability:
            choices = [choice for choice in allowed if to == "any" or choice != arch[decision]]
            if choices:
                child[decision] = choices[rng.integers(len(choices))]
    return tuple(child)


def crossed(rng: np.random.Generator, one: Arch, other: Arch) -> Arch:
    """Return an architecture whose every decision is that of either parent, each as likely."""
    from_other = rng.random(len(one)) < 0.5
    return tuple(b if taken else a for a, b, taken in zip(one, other, from_other, strict=True))
