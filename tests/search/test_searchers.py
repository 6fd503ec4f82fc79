"""The searchers against brute force and plain implementations."""

import numpy as np
import pytest

from bench.costs import Costs, CostTable
from bench.errors import RecipeError
from bench.predict.predictions import Predictions
from bench.rng import stream
from bench.search.loop import search
from bench.search.problem import Constraint, Problem, non_dominated
from bench.search.searchers import SEARCHERS
from bench.search.searchers.evolution import Evolution, mutated
from bench.search.searchers.exhaustive import Exhaustive
from bench.search.searchers.nsga2 import NSGA2
from bench.search.searchers.random import Random
from bench.search.searchers.regularized_evolution import RegularizedEvolution
from bench.spaces.macro import Macro
from bench.spaces.nb201 import NB201


def rows(genes):
    return [tuple(row) for row in genes.tolist()]


def test_exhaustive_asks_all_and_finds_the_maximum(problem, answers):
    ask = answers()
    one = problem(budget=1, params=7)
    asked = search(Exhaustive(), one, ask, 0).asked
    assert asked.accuracy.max() == ask.score(one.everything()).max()
    assert rows(asked.genes) == rows(one.everything())


@pytest.mark.slow
def test_random_search_finds_in_the_mean_what_probability_says(problem, answers):
    ask, one = answers(), problem(budget=3)
    truth = np.sort(ask.score(one.everything()).astype(float))
    n, k = len(truth), 3
    chance = [np.prod([(r - i) / (n - i) for i in range(k)]) for r in range(1, n + 1)]  # the best is among the r lowest
    expected = truth @ np.diff([0, *chance])
    found = [search(Random(), one, ask, seed).asked.accuracy.max() for seed in range(400)]
    assert np.mean(found) == pytest.approx(expected, abs=float(4 * np.std(found) / 20))


def plainly(ask, one, rng, *, population, generations, top, crossovers, mutation, tries=10):
    """Single path one-shot's search as its code has it, with lists: returns what is asked, in order."""
    allowed = one.space.allowed

    def legal(arch):
        return arch not in visited and one.feasible(np.array([arch], dtype=np.int8))[0]

    visited = {}
    order = []
    batch = rows(one.sample(rng, population))
    for generation in range(generations):
        for arch in batch:
            visited[arch] = float(ask.score(np.array(arch)))
            order.append(arch)
        if generation == generations - 1:
            break
        keep_top = sorted(visited, key=visited.get, reverse=True)[:top]
        batch = []
        left, budget = population - crossovers, tries * (population - crossovers)
        while left and budget:
            budget -= 1
            child = list(keep_top[rng.integers(len(keep_top))])
            for decision in range(len(child)):
                if rng.random() < mutation:
                    child[decision] = allowed[decision][rng.integers(len(allowed[decision]))]
            if legal(tuple(child)) and tuple(child) not in batch:
                batch.append(tuple(child))
                left -= 1
        left, budget = crossovers, tries * crossovers
        while left and budget:
            budget -= 1
            one_parent, other = (keep_top[rng.integers(len(keep_top))] for _ in range(2))
            mask = rng.random(len(one_parent)) < 0.5
            child = tuple(other[d] if mask[d] else one_parent[d] for d in range(len(one_parent)))
            if legal(child) and child not in batch:
                batch.append(child)
                left -= 1
        if len(batch) < population:
            without = np.array([*order, *batch], dtype=np.int8)
            batch += rows(one.sample(rng, population - len(batch), without=without))
    return order


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("highest", [{}, {"params": 9}])
def test_evolution_asks_what_a_plain_implementation_asks(problem, answers, seed, highest):
    settings = {"population": 4, "generations": 4, "top": 3, "crossovers": 2, "mutation": 0.4}
    ask, one = answers(), problem(budget=100, **highest)
    found = search(Evolution(**settings), one, ask, seed)
    assert rows(found.asked.genes) == plainly(answers(), one, stream(seed, "search"), **settings)


@pytest.mark.slow
def test_evolution_asks_twenty_generations_of_fifty_at_a_thousand(answers):
    generator = Evolution().search(Problem(costs=Costs(NB201()), budget=1000), stream(0, "search"))
    sizes = [len(next(generator))]
    for _ in range(19):
        sizes.append(len(generator.send(np.random.default_rng(0).random((sizes[-1], 1)))))
    assert sizes == [50] * 20


def test_a_generation_is_bred_from_the_best_so_far(problem):
    one = problem(budget=21)
    generator = Evolution(population=4, top=1, crossovers=0, mutation=0.5, shortfall="fewer").search(
        one, stream(1, "search")
    )
    first = next(generator)
    best = tuple(first[2].tolist())
    children = rows(generator.send(np.array([[1.0], [2.0], [9.0], [3.0]])))
    assert children
    assert best not in children
    assert not set(children) & set(rows(first))


def test_repeated_children_are_kept_if_they_may(problem, answers):
    settings = {"population": 4, "mutation": 0.0, "crossovers": 0, "top": 1, "shortfall": "fewer"}
    ask = answers()
    kept = search(Evolution(**settings, repeated="kept", generations=5), problem(), ask, 0)
    refused = search(Evolution(**settings, generations=5), problem(), answers(), 0)
    assert len(kept.asked.genes) == len(refused.asked.genes) == 4
    assert ask.asked == rows(kept.asked.genes)


def test_a_missing_child_is_a_random_one_or_none(problem, answers):
    settings = {"population": 4, "mutation": 0.0, "crossovers": 0, "generations": 3}
    assert len(search(Evolution(**settings), problem(budget=99), answers(), 0).asked.genes) == 12
    fewer = search(Evolution(**settings, shortfall="fewer"), problem(budget=99), answers(), 0)
    assert (len(fewer.asked.genes), fewer.ended) == (4, "returned")


@pytest.mark.parametrize(("to", "fraction"), [("any", 0.75), ("other", 1.0)])
def test_a_mutated_decision_takes_any_choice_or_another(to, fraction):
    one = Problem(costs=Costs(NB201(mask=("none",))), budget=1)
    rng, arch = stream(0, "x"), (1,) * 6
    changed = np.array([mutated(rng, one, arch, 1.0, to) for _ in range(500)]) != 1
    assert changed.mean() == pytest.approx(fraction, abs=0.04)


def test_more_crossovers_than_children_are_refused():
    with pytest.raises(RecipeError, match=r"evolution.crossovers is 25; allowed: 0 to its population, 9"):
        Evolution(population=9)


def aged(ask, one, rng, *, population, sample, budget):
    """Regularized evolution with lists: returns what is asked, in order."""
    allowed = one.space.allowed
    members = [(arch, float(ask.score(np.array(arch)))) for arch in rows(one.sample(rng, population))]
    order = [arch for arch, _ in members]
    while len(order) < budget:
        for _ in range(100):
            drawn = [members[k] for k in rng.integers(len(members), size=sample)]
            best = drawn[0]
            for member in drawn[1:]:
                if member[1] > best[1]:
                    best = member
            child, decision = list(best[0]), rng.integers(3)
            others = [choice for choice in allowed[decision] if choice != child[decision]]
            child[decision] = others[rng.integers(len(others))]
            if tuple(child) not in order and one.feasible(np.array([child], dtype=np.int8))[0]:
                break
        else:
            child = rows(one.sample(rng, 1, without=np.array(order, dtype=np.int8)))[0]
        order.append(tuple(child))
        members = [*members[1:], (tuple(child), float(ask.score(np.array(child))))]
    return order


@pytest.mark.parametrize("seed", range(5))
def test_regularized_evolution_asks_what_a_plain_implementation_asks(problem, answers, seed):
    one = problem(budget=16, params=11)
    assert one.most == 16
    found = search(RegularizedEvolution(population=5, sample=3), one, answers(), seed)
    wanted = aged(answers(), one, stream(seed, "search"), population=5, sample=3, budget=16)
    assert rows(found.asked.genes) == wanted


def test_kept_repetitions_are_free(problem, answers):
    ask = answers()
    found = search(RegularizedEvolution(population=3, sample=2, repeated="kept"), problem(budget=8), ask, 0)
    assert len(set(ask.asked)) == len(ask.asked) == len(found.asked.genes) <= 8


def test_nsga2_finds_the_front_of_brute_force(problem, answers):
    ask, one = answers(), problem(budget=18, objectives=("accuracy", "latency"))
    wanted = one.values(answers()(one.everything()))
    asked = search(NSGA2(population=6, mutation=0.3), one, ask, 0).asked
    found = one.values(asked)
    front = {tuple(row) for row in wanted[non_dominated(wanted)]}
    assert len(front) > 2
    assert len(front & {tuple(row) for row in found}) >= len(front) - 1


def sums(genes):
    """Answer with the sum of the choices, as accuracy, and 100 less, as negative cross-entropy."""
    score = genes.sum(axis=1).astype(np.float32)
    return Predictions(genes=genes, accuracy=score, negative_cross_entropy=score - 100, images=8, split="x")


@pytest.fixture
def blocks():
    """Return a function that makes a problem in NAS-Bench-Macro, with at most three blocks of the third choice."""
    genes = Macro().enumerate()
    columns = {"second": (genes == 1).sum(axis=1).astype(float), "third": (genes == 2).sum(axis=1).astype(float)}
    table = CostTable(name="t", space="macro", genes=genes, columns=columns, source="x", source_sha256="y")
    cap = Constraint(cost="third", high=3)

    def make(*objectives):
        return Problem(costs=Costs(Macro(), (table,)), budget=150, objectives=objectives, constraints=(cap,))

    return make


@pytest.mark.slow
@pytest.mark.parametrize("name", ["evolution", "regularized-evolution", "nsga2"])
@pytest.mark.parametrize("score", ["accuracy", "negative-cross-entropy"])
def test_a_search_that_learns_finds_more_than_a_random_one(blocks, name, score):
    """Under the cap the best sum is 3 * 2 + 5 * 1, which 56 of 4,864 architectures reach."""
    one = blocks(score)
    best = {"accuracy": 11, "negative-cross-entropy": 11 - 100}[score]
    settings = {"evolution": {"population": 30, "crossovers": 15}, "nsga2": {"population": 20}}.get(
        name, {"population": 30, "sample": 10}
    )

    def found(searcher):
        scores = [one.values(search(searcher, one, sums, seed).asked)[:, 0] for seed in range(4)]
        return np.mean([np.sort(values)[-20:].mean() for values in scores])

    assert found(SEARCHERS.get(name)(**settings)) > best - 0.8 > found(Random()) + 0.3


def test_nsga2_finds_the_whole_front_where_random_search_does_not(blocks):
    one = blocks("accuracy", "second")

    def volume(searcher):
        asked = search(searcher, one, sums, 0).asked
        return len({tuple(row) for row in one.values(asked).tolist()} & {(6.0 + k, -float(k)) for k in range(6)})

    assert volume(NSGA2(population=20)) > volume(Random())


def test_nsga2_breeds_from_its_front(problem, answers):
    """Children of generation one differ where only the scores of the first generation differ."""
    one = problem(budget=12, objectives=("accuracy", "latency"))
    asked = [rows(search(NSGA2(population=6), one, answers(seed), 0).asked.genes) for seed in (0, 1)]
    assert asked[0][:6] == asked[1][:6]
    assert asked[0] != asked[1]
