"""Checks of every searcher."""

import numpy as np

from bench.contracts import Suite, broken
from bench.contracts.settings import SETTINGS, variations
from bench.costs import Costs, CostTable
from bench.predict.predictions import Predictions
from bench.rng import stream
from bench.search.loop import search
from bench.search.problem import Constraint, Problem
from bench.search.searchers import Searcher
from bench.spaces import SPACES
from bench.types import Genes

SUITE = Suite("searchers")
SUITE.include(SETTINGS)
BUDGET = 40


@SUITE.check
def it_asks_at_most_its_budget_of_feasible_architectures_once_each(kind: type[Searcher]) -> None:
    for searcher in variations(kind()):
        for problem in _problems(searcher):
            found = search(searcher, problem, answers, 0).asked.genes
            most = len(problem.everything()) if searcher.asks_all else problem.most
            if len(found) > most:
                raise broken(kind.search, f"asked {len(found)} architectures with a budget of {most}")
            if len(np.unique(found, axis=0)) < len(found) or not problem.feasible(found).all():
                raise broken(kind.search, "asked an architecture twice, or one that misses the constraints")


@SUITE.check
def it_uses_its_budget(kind: type[Searcher]) -> None:
    problem = _problems(kind())[0]
    found = search(kind(), problem, answers, 0).asked.genes
    if len(found) < problem.most:
        raise broken(
            kind.search,
            f"asked {len(found)} of {problem.most} architectures and ended; a comparison gives all searchers the same "
            "budget, so go on until the generator is closed",
        )


@SUITE.check
def equal_seeds_ask_the_same_architectures_in_the_same_order(kind: type[Searcher]) -> None:
    for searcher in variations(kind()):
        for problem in _problems(searcher):
            first, again = (search(searcher, problem, answers, 3).asked.genes for _ in range(2))
            if not np.array_equal(first, again):
                raise broken(kind.search, "asks other architectures with an equal seed; draw only from `rng`")


@SUITE.check
def it_leaves_the_scores_that_it_is_sent_as_they_are(kind: type[Searcher]) -> None:
    problem = _problems(kind())[0]
    generator, sent = kind().search(problem, stream(0, "search")), []
    batch = next(generator)
    for _ in range(3):
        scores = problem.values(answers(np.asarray(batch, dtype=np.int8)))
        sent.append((scores, scores.copy()))
        try:
            batch = generator.send(scores)
        except StopIteration:
            break
    generator.close()
    if any(not np.array_equal(scores, before) for scores, before in sent):
        raise broken(kind.search, "changed the scores that it was sent; work on a copy")


@SUITE.check
def diverged_predictions_do_not_stop_it(kind: type[Searcher]) -> None:
    def diverging(genes: Genes) -> Predictions:
        asked = answers(genes)
        diverged = genes[:, 0] % 2 == 0
        return Predictions(
            genes=genes,
            accuracy=np.where(diverged, np.nan, asked.accuracy).astype(np.float32),
            negative_cross_entropy=np.where(diverged, -np.inf, asked.negative_cross_entropy).astype(np.float32),
            images=asked.images,
            split=asked.split,
        )

    for problem in _problems(kind()):
        search(kind(), problem, diverging, 0)


@SUITE.check
def a_killed_search_continues_with_the_same_bits(kind: type[Searcher]) -> None:
    for searcher in variations(kind()):
        for problem in _problems(searcher):
            whole = search(searcher, problem, answers, 1)
            for after in (1, len(whole.asked.genes) // 2):
                again = search(searcher, problem, answers, 1, known=answers(whole.asked.genes[:after]))
                for name in ("genes", "accuracy", "negative_cross_entropy"):
                    if not np.array_equal(getattr(whole.asked, name), getattr(again.asked, name), equal_nan=True):
                        raise broken(
                            kind.search,
                            f"ends with other {name} if it is killed after {after} architectures and continued; keep "
                            "everything in the generator, and draw only from `rng`",
                        )


def _problems(searcher: Searcher) -> list[Problem]:
    """Return small problems: without and with a constraint, and with two objectives if the searcher takes them."""
    space = SPACES.get("macro")()
    genes = space.enumerate()
    size = {"size": genes.sum(axis=1).astype(float)}
    table = CostTable(name="sizes", space="macro", genes=genes, columns=size, source="sums", source_sha256="")
    costs, cap = Costs(space, (table,)), Constraint(cost="size", high=3)
    found = [Problem(costs=costs, budget=BUDGET), Problem(costs=costs, budget=BUDGET, constraints=(cap,))]
    if searcher.several:
        found.append(Problem(costs=costs, budget=BUDGET, objectives=("accuracy", "size")))
    return found


def answers(genes: Genes) -> Predictions:
    """Return predictions that depend on the architecture alone, with ties."""
    weights = np.arange(1, genes.shape[1] + 1)
    accuracy = (10 + (genes @ weights) % 23).astype(np.float32)
    return Predictions(
        genes=genes,
        accuracy=accuracy,
        negative_cross_entropy=(accuracy / 100 - 3).astype(np.float32),
        images=8,
        split="noise/train, held out",
    )
