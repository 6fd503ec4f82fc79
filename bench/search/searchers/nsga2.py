"""NSGA-II, by pymoo: several objectives at once."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from bench.allowed import at_least, between
from bench.search.problem import Problem
from bench.search.searchers import Search, Searcher
from bench.slot import setting

WORST = 1e30
"""What a diverged prediction counts in place of minus infinity, of which pymoo's distances cannot be computed."""


@dataclass(frozen=True, kw_only=True)
class NSGA2(Searcher):
    """NSGA-II (Deb et al., 2002) as pymoo implements it: non-dominated sorting and crowding distance.

    Two parents of a tournament have two children, each decision from either parent; every decision is then redrawn
    with probability `mutation`. Children that miss a constraint are not asked: they enter with their violation, so that
    every feasible architecture beats them. With one objective it is a genetic algorithm.
    """

    several: ClassVar[bool] = True

    population: int = setting(50, at_least(2, "architectures"))
    mutation: float = setting(0.1, between(0, 1))

    def search(self, problem: Problem, rng: np.random.Generator) -> Search:
        from pymoo.core.evaluator import Evaluator
        from pymoo.problems.static import StaticProblem

        described = _described(problem)
        algorithm = self._algorithm(problem, described, rng)
        while True:
            children = algorithm.ask()
            if children is None or not len(children):
                return  # mating finds no architecture that is not in the population
            genes = children.get("X").astype(np.int8)
            feasible = problem.feasible(genes)
            costs = np.zeros((len(genes), len(problem.objectives)))
            if feasible.any():
                costs[feasible] = np.minimum(-(yield genes[feasible]), WORST)
            known = StaticProblem(described, F=costs, G=np.where(feasible, 0.0, 1.0)[:, None])
            Evaluator().eval(known, children)
            algorithm.tell(infills=children)

    def _algorithm(self, problem: Problem, described: Any, rng: np.random.Generator) -> Any:
        from pymoo.algorithms.moo import nsga2
        from pymoo.core.mutation import Mutation
        from pymoo.operators.crossover.ux import UX

        probability, allowed = self.mutation, [np.array(choices) for choices in problem.space.allowed]

        class Redraw(Mutation):  # type: ignore[misc]
            def _do(self, _: Any, X: Any, random_state: Any = None, **others: Any) -> Any:  # noqa: N803 - pymoo's name
                changed = X.copy()
                for decision, choices in enumerate(allowed):
                    hit = random_state.random(len(X)) < probability
                    changed[hit, decision] = random_state.choice(choices, size=int(hit.sum()))
                return changed

        first = problem.sample(rng, self.population)
        algorithm = nsga2.NSGA2(
            pop_size=len(first),
            sampling=first.astype(float),
            crossover=UX(),
            mutation=Redraw(prob=1.0),
            eliminate_duplicates=True,
        )
        seed = int(rng.integers(2**31))
        algorithm.setup(described, termination=("n_gen", np.inf), seed=seed, verbose=False)
        return algorithm


def _described(problem: Problem) -> Any:
    """Return pymoo's description of a problem; it evaluates nothing."""
    from pymoo.core.problem import Problem as PymooProblem

    space = problem.space
    return PymooProblem(
        n_var=space.decisions,
        n_obj=len(problem.objectives),
        n_ieq_constr=1,
        xl=np.array([min(allowed) for allowed in space.allowed], dtype=float),
        xu=np.array([max(allowed) for allowed in space.allowed], dtype=float),
    )
