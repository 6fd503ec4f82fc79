from dataclasses import dataclass

import numpy as np
import pytest

import bench.search.loop
from bench.errors import PluginError, RecipeError, StoreError
from bench.search.loop import search
from bench.search.searchers import SEARCHERS, Searcher
from bench.search.searchers.random import Random
from bench.study.searching import Searching

NAMES = SEARCHERS.names()
slot = dataclass(frozen=True, kw_only=True)


def rows(genes):
    return [tuple(row) for row in genes.tolist()]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("budget", [1, 2, 9, 500])
def test_the_budget_is_used_and_never_exceeded(problem, answers, name, budget):
    ask, searcher = answers(), SEARCHERS.get(name)()
    found = search(searcher, problem(budget=budget), ask, 0)
    asked = rows(found.asked.genes)
    assert len(asked) == len(set(asked)) == (21 if searcher.asks_all else min(budget, 21))
    assert ask.asked == asked, "nothing else was asked"
    assert found.ended == "budget"


@pytest.mark.parametrize("name", NAMES)
def test_only_feasible_architectures_are_asked_and_with_enough_budget_all(problem, answers, name):
    one = problem(budget=100, params=7)
    assert sorted(rows(search(SEARCHERS.get(name)(), one, answers(), 3).asked.genes)) == rows(one.everything())


@pytest.mark.parametrize("name", NAMES)
def test_a_search_stopped_anywhere_continues_with_the_same_bits(problem, answers, name):
    searcher, one = SEARCHERS.get(name)(), problem(budget=14)
    whole = search(searcher, one, answers(), 2).asked
    for place in (1, 5, 13):
        ask = answers()
        again = search(searcher, one, ask, 2, known=answers()(whole.genes[:place])).asked
        assert again.genes.tobytes() == whole.genes.tobytes()
        assert again.accuracy.tobytes() == whole.accuracy.tobytes()
        assert ask.asked == rows(whole.genes[place:]), "what was known is not asked again"


@pytest.mark.parametrize("name", [name for name in NAMES if name != "exhaustive"])
def test_seeds_differ(problem, answers, name):
    first, other = (search(SEARCHERS.get(name)(), problem(), answers(), seed).asked.genes for seed in (0, 1))
    assert not np.array_equal(first, other)


def test_a_large_space_is_searched_without_listing_it(problem, answers, large):
    found = search(SEARCHERS.get("evolution")(population=5, crossovers=2), problem(space=large), answers(), 0)
    assert len(found.asked.genes) == 10


def searcher_that(*batches):
    @slot
    class Yields(Searcher):
        """Yields what it is told to."""

        def search(self, problem, rng):
            got = []
            for batch in batches:
                got.append((yield batch))
            object.__setattr__(self, "got", got)

    return Yields()


def test_one_asked_before_costs_nothing_and_has_the_same_score(problem, answers):
    ask, one = answers(), searcher_that([[0, 1, 1], [0, 1, 1], [1, 1, 1]], [[0, 1, 1]])
    found = search(one, problem(), ask, 0)
    assert ask.asked == [(0, 1, 1), (1, 1, 1)]
    assert found.ended == "returned"
    first, second = one.got
    assert first[0] == first[1] == second[0]
    assert first.shape == (3, 1)


def test_a_batch_beyond_the_budget_is_cut(problem, answers):
    batch = [[0, 1, 1], [1, 1, 1], [0, 1, 1], [0, 2, 1], [1, 2, 1]]
    found = search(searcher_that(batch), problem(budget=3), answers(), 0)
    assert rows(found.asked.genes) == [(0, 1, 1), (1, 1, 1), (0, 2, 1)]


def test_batches_without_anything_new_end_the_search(problem, answers, monkeypatch):
    monkeypatch.setattr(bench.search.loop, "FRUITLESS", 5)
    found = search(searcher_that(*[[[0, 1, 1]]] * 99), problem(), answers(), 0)
    assert (len(found.asked.genes), found.ended) == (1, "fruitless")


@pytest.mark.parametrize(
    ("batch", "error"),
    [
        ([[0, 1]], r"yielded list; expected whole numbers of shape \(archs, 3\)"),
        (np.zeros((2, 3)), r"yielded float64 of shape \(2, 3\); expected whole"),
        (None, "yielded NoneType; expected"),
        ([[0, 9, 0]], r"yielded \(0, 9, 0\), which is not in the space; keep those that `problem.feasible` admits"),
        ([[0, 0, 0]], r"yielded \(0, 0, 0\), which is not in the space"),
        ([[0, 1, 1], [0, 256, 1]], r"yielded \(0, 256, 1\), which is not in the space"),
        ([[1, 3, 1]], r"yielded \(1, 3, 1\), which misses a constraint"),
    ],
)
def test_what_is_not_feasible_is_refused_with_its_place(problem, answers, batch, error):
    with pytest.raises(PluginError, match=rf"searcher 'yields' \(.*test_loop.py:\d+\) {error}"):
        search(searcher_that(batch), problem(params=10), answers(), 0)


def test_a_searcher_that_asks_nothing_is_named(problem, answers):
    with pytest.raises(PluginError, match="asked nothing; its `search` must yield architectures"):
        search(searcher_that(), problem(), answers(), 0)


def test_an_error_of_a_searcher_is_one_of_a_plug_in(problem, answers):
    @slot
    class Breaks(Searcher):
        """Breaks."""

        def search(self, problem, rng):
            scores = yield problem.sample(rng, 2)
            yield scores[99]

    with pytest.raises(PluginError, match=r"searcher 'breaks' \(.*\) failed: IndexError: index 99"):
        search(Breaks(), problem(), answers(), 0)


def test_a_search_for_one_objective_refuses_several(problem, answers):
    with pytest.raises(PluginError, match="'evolution' searches for one objective, not accuracy, latency"):
        search(SEARCHERS.get("evolution")(), problem(objectives=("accuracy", "latency")), answers(), 0)


def test_the_searchers_for_several_objectives_are_those_that_are_registered(problem, answers, monkeypatch):
    @slot
    class OnesOwn(Searcher):
        """Searches for several."""

        several = True

        def search(self, problem, rng):
            yield problem.none

    kinds = {"evolution": SEARCHERS.get("evolution"), "ones-own": OnesOwn, "random": Random}
    monkeypatch.setattr(type(SEARCHERS), "names", lambda self: list(kinds))
    monkeypatch.setattr(type(SEARCHERS), "get", lambda self, name: kinds[name])
    with pytest.raises(PluginError, match=r"searchers for several: ones-own, random$"):
        search(kinds["evolution"](), problem(objectives=("accuracy", "latency")), answers(), 0)
    with pytest.raises(RecipeError, match="allowed: ones-own, random, or one of your own"):
        Searching(name="both", by=(kinds["evolution"](),), costs=("latency",))


def test_another_log_than_the_searcher_makes_is_refused(problem, answers):
    known = answers()(np.array([[0, 1, 1], [1, 1, 1]], dtype=np.int8))
    with pytest.raises(StoreError, match="does not ask the same architectures as before its search was stopped"):
        search(Random(), problem(), answers(), 0, known=known)


def test_a_batch_of_which_nothing_is_kept_is_asked_at_once(problem, answers, monkeypatch):
    monkeypatch.setattr(bench.search.loop, "CHUNK", 4)
    steps = []
    found = search(Random(), problem(), answers(), 0, report=steps.append)
    assert [step.done for step in steps] == [10]
    kept = search(Random(), problem(), answers(), 0, keep=lambda asked: None)
    assert found.asked.genes.tobytes() == kept.asked.genes.tobytes()


def test_long_batches_are_asked_and_kept_in_chunks(problem, answers, monkeypatch):
    monkeypatch.setattr(bench.search.loop, "CHUNK", 4)
    kept, steps = [], []
    search(Random(), problem(), answers(), 0, keep=lambda a: kept.append(len(a.genes)), report=steps.append)
    assert kept == [4, 8, 10]
    assert [(step.done, step.total) for step in steps] == [(4, 10), (8, 10), (10, 10)]
