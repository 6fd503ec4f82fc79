from dataclasses import replace

import pytest

from bench.errors import RecipeError
from bench.search.problem import Constraint
from bench.search.searchers.evolution import Evolution
from bench.search.searchers.nsga2 import NSGA2
from bench.search.searchers.random import Random
from bench.study.searching import Searching
from studies.baseline import STUDY


def test_a_comparison_needs_different_searchers_and_a_seed():
    for by in ((), (Random(), Random())):
        with pytest.raises(RecipeError, match="search 'few': searchers must be distinct, and at least one; got"):
            Searching(name="few", by=by)
    with pytest.raises(RecipeError, match="search 'few' has no search seed; name at least one"):
        Searching(name="few", by=(Random(),), seeds=())


def test_a_searcher_for_one_objective_is_refused_several():
    Searching(name="both", by=(Random(), NSGA2()), costs=("flops",))
    with pytest.raises(RecipeError, match="searcher 'evolution' for one; allowed: exhaustive, nsga2, random"):
        Searching(name="both", by=(Evolution(),), costs=("flops",))


def test_it_names_the_costs_that_it_needs():
    limits = (Constraint(cost="latency", high=3.0),)
    assert Searching(name="x", by=(Random(),), costs=("flops",), constraints=limits).needed_costs == [
        "flops",
        "latency",
    ]


def test_two_comparisons_of_a_study_need_two_names():
    one = Searching(name="one", by=(Random(),))
    with pytest.raises(RecipeError, match="study 'baseline': names of searches must be distinct; got"):
        replace(STUDY, searches=(one, one))
