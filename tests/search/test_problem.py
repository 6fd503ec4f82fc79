import math
from itertools import product

import numpy as np
import pytest

from bench.contracts.searchers import answers as contract_answers
from bench.costs import Costs
from bench.errors import RecipeError, UnknownName
from bench.rng import stream
from bench.search.loop import search
from bench.search.problem import Constraint, Problem, non_dominated, parse_constraints
from bench.search.searchers import SEARCHERS
from bench.spaces.bits import Bits
from bench.spaces.shufflenet import Shufflenet


def rows(genes):
    return [tuple(row) for row in genes.tolist()]


def test_the_feasible_ones_are_those_of_brute_force(problem, toy):
    wanted = [g for g in product(range(2), range(4), range(3)) if g[1] + g[2] > 0 and sum(g) < 6]
    found = problem(params=7)
    every = np.array(list(product(range(2), range(4), range(3))), dtype=np.int8)
    right = [g for g in wanted if g[0] + 2 * g[1] + 4 * g[2] <= 7]
    assert rows(found.everything()) == right
    assert rows(every[found.feasible(every)]) == right
    assert 0 < len(right) < len(wanted) == 21


def test_a_choice_that_the_space_lacks_is_not_feasible(problem):
    assert problem().feasible(np.array([[0, 1, 1], [7, 1, 1], [-1, 1, 1]], dtype=np.int8)).tolist() == [1, 0, 0]


def test_the_most_that_can_be_asked_is_the_budget_or_all_feasible(problem):
    assert problem(budget=5).most == 5
    assert problem(budget=500).most == 21


@pytest.mark.parametrize("kind", ["toy", "large"])
def test_a_sample_holds_different_feasible_ones_and_none_to_leave_out(problem, kind, request, monkeypatch):
    monkeypatch.setattr("bench.search.problem.ROUNDS", 3)
    found = problem(space=request.getfixturevalue(kind), latency=8.5)
    left_out = np.array([[1, 1, 1], [1, 0, 1]], dtype=np.int8)
    drawn = rows(found.sample(stream(0, "x"), 99, without=left_out))
    assert len(set(drawn)) == len(drawn) == len(problem(latency=8.5).everything()) - 2
    assert not set(drawn) & set(rows(left_out))
    assert found.feasible(np.array(drawn, dtype=np.int8)).all()


@pytest.mark.parametrize("kind", ["toy", "large"])
def test_a_sample_of_more_than_there_are_holds_all_of_them(problem, kind, request, monkeypatch):
    monkeypatch.setattr("bench.search.problem.ROUNDS", 3)
    found = problem(space=request.getfixturevalue(kind), energy=0)
    assert sorted(rows(found.sample(stream(0, "x"), 50))) == sorted(rows(problem(energy=0).everything()))


def test_a_sample_is_uniform(problem):
    found = problem(energy=0)
    rng = stream(0, "x")
    counts = {}
    for _ in range(400):
        for row in rows(found.sample(rng, 2)):
            counts[row] = counts.get(row, 0) + 1
    assert len(counts) == 4
    assert max(counts.values()) - min(counts.values()) < 80


def test_scores_are_maximized_costs_negated_and_diverged_last(problem, answers):
    genes = np.array([[0, 1, 1], [1, 1, 1]], dtype=np.int8)
    asked = answers()(genes)
    asked.accuracy[1] = np.nan
    values = problem(objectives=("accuracy", "latency")).values(asked)
    assert values[:, 0].tolist() == [float(asked.accuracy[0]), -math.inf]
    assert values[:, 1].tolist() == pytest.approx([-8.9, -7.9])


@pytest.mark.parametrize(
    "objectives", [(), ("latency",), ("latency", "accuracy"), ("accuracy", "negative-cross-entropy"), ("accuracy",) * 2]
)
def test_objectives_are_a_score_and_then_costs(problem, objectives):
    with pytest.raises(RecipeError, match="cross-entropy or log-probability first, then different costs"):
        problem(objectives=objectives)


def test_a_budget_is_one_or_more(problem):
    with pytest.raises(RecipeError, match="budget is 0; allowed: 1 or more"):
        problem(budget=0)


def test_an_unknown_cost_is_named_with_the_known_ones(problem):
    with pytest.raises(UnknownName, match="unknown cost 'latncy'; did you mean 'latency'"):
        problem(latncy=3)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("toy", "'toy' has params at most 1: of all 21, the smallest params is 2;"),
        ("large", "'large' was found that has params at most 1: of .*, the smallest params found is 2;"),
    ],
)
def test_a_constraint_that_nothing_meets_tells_the_smallest_value(problem, kind, told, request):
    with pytest.raises(RecipeError, match=f"no architecture of space {told}"):
        problem(space=request.getfixturevalue(kind), params=1)


def many(highest, lowest=()):
    """Return a problem in a space of 2e11 architectures with costs that are sums over decisions."""
    return Problem(costs=Costs(Bits()), budget=50, constraints=parse_constraints(highest, lowest))


SMALLEST = Bits().costs(Bits().extremes())["bitops"][0]


@pytest.mark.parametrize(
    ("highest", "lowest"),
    [
        (["imagenet-flops=275e6"], []),
        (["imagenet-flops=271e6"], ["imagenet-flops=270.4e6"]),
        (["imagenet-flops=280e6", "params=1.8e5"], []),
    ],
)
def test_a_constraint_that_no_random_one_meets_is_met_where_descents_lead(highest, lowest):
    constraints = parse_constraints(highest, lowest)
    found = Problem(costs=Costs(Shufflenet()), budget=50, constraints=constraints)
    assert not found._meets(found._tried).any(), "no random one does"
    assert found.feasible(found._seeds).all()


def test_the_smallest_cost_found_is_the_smallest_there_is_if_decisions_add_up():
    one = Shufflenet().sample(stream(0, "one"), 1).repeat(80, axis=0)
    places, blocks = np.divmod(np.arange(80), 4)
    one[np.arange(80), places] = blocks
    parts = Shufflenet().costs(one)["imagenet-flops"].reshape(20, 4)
    least = Shufflenet().costs(parts.argmin(axis=1)[None].astype(np.int8))["imagenet-flops"][0]
    told = f"was found .* the smallest imagenet-flops found is {least:g};".replace("+", r"\+")
    with pytest.raises(RecipeError, match=told):
        Problem(costs=Costs(Shufflenet()), budget=5, constraints=parse_constraints(["imagenet-flops=2.7e8"], []))


@pytest.mark.parametrize("name", [name for name in SEARCHERS.names() if name != "exhaustive"])
def test_where_almost_nothing_is_feasible_every_searcher_uses_its_budget(name, monkeypatch):
    monkeypatch.setattr("bench.search.problem.ROUNDS", 2)
    found = many([f"bitops={SMALLEST * 1.4}"])
    drawn = found.sample(stream(0, "x"), 40)
    assert len({*rows(drawn)}) == 40
    assert found.feasible(drawn).all()
    assert np.array_equal(drawn, found.sample(stream(0, "x"), 40))
    more = found.sample(stream(0, "y"), 40, without=drawn)
    assert not {*rows(drawn)} & {*rows(more)}
    asked = search(SEARCHERS.get(name)(), found, contract_answers, 0).asked
    assert len(asked.genes) == found.budget


def test_a_walk_ends_where_all_was_seen(monkeypatch):
    monkeypatch.setattr("bench.search.problem.ROUNDS", 2)
    monkeypatch.setattr("bench.search.nearby.ROUNDS", 2)
    found = many([f"bitops={SMALLEST}"])
    [only] = rows(found.sample(stream(0, "x"), 40))
    assert only == (0,) * Bits().decisions
    assert not len(found.sample(stream(0, "x"), 40, without=np.array([only], dtype=np.int8)))


def test_constraints_that_exclude_each_other_tell_what_is_left(problem):
    with pytest.raises(RecipeError, match=r"the smallest params of those that meet the other constraints is 5") as told:
        problem(params=3, latency=7.9)
    assert "the smallest latency of those that meet the other constraints is 8;" in str(told.value)


def test_bounds_are_included():
    met = Constraint(cost="x", low=1, high=2).met(np.array([0.9, 1.0, 2.0, 2.1]))
    assert met.tolist() == [False, True, True, False]


@pytest.mark.parametrize(
    ("highest", "lowest", "error"),
    [
        (["flops"], [], "--max flops; allowed: COST=NUMBER"),
        (["flops=many"], [], "--max flops=many; allowed: COST=NUMBER"),
        (["flops=nan"], [], "--max flops=nan; allowed"),
        ([], ["=3"], "--min =3; allowed: COST=NUMBER"),
        (["a=1", "a=2"], [], "a has two bounds"),
        (["a=1"], ["a=2"], "--min a=2 is above --max a=1"),
    ],
)
def test_a_wrong_constraint_is_named(highest, lowest, error):
    with pytest.raises(RecipeError, match=error.replace("(", "\\(")):
        parse_constraints(highest, lowest)


def test_the_front_is_that_of_brute_force():
    values = np.random.default_rng(0).integers(0, 6, size=(60, 3)).astype(float)

    def beaten(row):
        return any((o >= row).all() and (o > row).any() for o in values)

    wanted = {tuple(row) for row in values if not beaten(row)}
    found = non_dominated(values)
    assert {tuple(row) for row in values[found]} == wanted
    assert len(found) == len(wanted)
    assert found.dtype == int
    assert found.tolist() == sorted(found, key=lambda row: tuple(-values[row]))
    assert all(row == np.flatnonzero((values == values[row]).all(axis=1))[0] for row in found)


def test_the_description_holds_the_digest_of_a_cost_table_that_is_read(problem, latency):
    assert problem(latency=8).describe()["cost_tables"] == {"latency": latency.sha256}
    assert problem(params=8).describe()["cost_tables"] == {}
