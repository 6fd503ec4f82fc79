import numpy as np
import pytest

from bench.costs import Costs
from bench.predict.predictions import Predictions
from bench.scores.search import hypervolume, score_search
from bench.search.problem import Constraint, Problem, non_dominated
from bench.search.result import STORED, SearchResult
from bench.spaces.nb201 import NB201
from bench.tables.table import Table

CELLS = np.array([[1, 0, 0, 0, 0, k] for k in range(4)] + [[3, 0, 0, 3, 3, 3]], dtype=np.int8)
TRUTH = np.array([70.0, 80.0, 90.0, 60.0, 95.0])


@pytest.fixture
def table():
    order = np.argsort(NB201().keys(CELLS))
    return Table(
        name="nb201/cifar10/test/200ep",
        genes=CELLS[order],
        accuracy=TRUTH[order, None].astype(np.float32),
        seeds=("mean",),
        source="made by hand",
    )


def result(genes, accuracy, problem):
    asked = Predictions(
        genes=np.array(genes, dtype=np.int8),
        accuracy=np.array(accuracy, dtype=np.float32),
        negative_cross_entropy=np.array(accuracy, dtype=np.float32),
        images=8,
        split="x",
    )
    return SearchResult(
        searcher={}, seed=0, problem=problem.describe(), run="", who=STORED, weights=None, ended="budget", asked=asked
    )


def problem(**settings):
    return Problem(costs=Costs(NB201()), budget=10, **settings)


def test_the_scores_of_four_architectures_by_hand(table):
    one = problem()
    score = score_search(result(CELLS[[0, 1, 3]], [1, 5, 3], one), one, table)
    assert score.arch == tuple(CELLS[1])
    assert (score.asked, score.n, score.predicted, score.accuracy) == (3, 5, 5.0, 80.0)
    assert score.regret == pytest.approx(15)
    assert score.normalized_regret == pytest.approx(15 / (95 - 79))
    assert score.rank == 3
    assert score.surpass_random == pytest.approx((2 / 5) ** 10)
    assert np.isnan(score.hypervolume)


def test_what_ties_for_the_best_is_scored_by_its_mean_and_one_of_it_is_named(table):
    one = problem()
    score = score_search(result(CELLS[[0, 1, 2, 3]], [1, 5, 5, 3], one), one, table)
    assert score.arch in {tuple(CELLS[1]), tuple(CELLS[2])}
    assert (score.ties, score.accuracy, score.regret, score.rank) == (2, 85.0, 10.0, 2.5)
    assert score.surpass_random == pytest.approx(((2 / 5) ** 10 + (3 / 5) ** 10) / 2)
    some = score_search(result([*CELLS[[0, 1]], [4] * 6], [1, 5, 5], one), one, table)
    assert np.isnan([some.accuracy, some.regret, some.rank, some.surpass_random]).all()


def test_a_constraint_leaves_out_what_misses_it(table):
    one = problem(constraints=(Constraint(cost="conv-3x3", high=1),))
    score = score_search(result(CELLS[[2]], [1], one), one, table)
    assert (score.n, score.regret, score.rank) == (4, 0.0, 1.0)


def test_an_architecture_without_a_truth_has_no_scores(table):
    one = problem()
    score = score_search(result([[4, 4, 4, 4, 4, 4]], [1], one), one, table)
    assert np.isnan([score.accuracy, score.regret, score.rank, score.surpass_random]).all()
    assert score_search(result(CELLS[[2]], [7], one), one, None).predicted == 7


def test_the_front_that_is_found_has_the_volume_of_its_truths(table):
    one = problem(objectives=("accuracy", "conv-3x3"))
    everything = score_search(result(CELLS, TRUTH / 2, one), one, table)
    # true front, scaled: accuracy 90 at 0 convolutions of 4 and 95 at 4 of 4
    assert everything.hypervolume == pytest.approx((90 - 60) / 35)
    some = score_search(result(CELLS[[0, 3]], [1, 2], one), one, table)
    assert some.hypervolume == pytest.approx((70 - 60) / 35)  # 60 at one convolution adds nothing


@pytest.mark.parametrize("objectives", [1, 2, 3])
def test_the_hypervolume_is_that_of_counted_cubes(objectives):
    rng = np.random.default_rng(objectives)
    for _ in range(20):
        points = rng.integers(0, 7, size=(6, objectives))
        cubes = np.stack(np.meshgrid(*[np.arange(6)] * objectives, indexing="ij"), axis=-1).reshape(-1, objectives)
        inside = (cubes[:, None, :] < points[None]).all(axis=2).any(axis=1).sum()
        assert hypervolume(points.astype(float)) == pytest.approx(inside)


def test_two_objectives_are_as_three_of_which_one_is_the_same_for_all():
    rng = np.random.default_rng(0)
    for count in (1, 2, 30):
        values = rng.integers(1, 9, (count, 2)) / 8  # with ties
        same = np.column_stack([values, np.ones(count)])
        assert non_dominated(values).tolist() == non_dominated(same).tolist()
        assert hypervolume(values) == pytest.approx(hypervolume(same))
    assert non_dominated(np.array([[1.0, np.nan], [2.0, 1.0]])).tolist() == [1, 0], "what is not known stays"
