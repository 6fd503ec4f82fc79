"""The bias of a ranking: recovered where it was put in, and that of the stored best recipe."""

import numpy as np
import pytest

from bench.errors import ComparisonError
from bench.scores.bias import bias, choices_of, rank_error
from bench.spaces.macro import Macro
from bench.spaces.nb201 import AVG_POOL, NB201, SKIP


def test_the_rank_error_is_predicted_minus_true_rank_in_percent():
    errors = rank_error(np.array([4.0, 1.0, 2.0, 3.0]), np.array([90.0, 91.0, 92.0, 93.0]))
    assert errors.tolist() == [75.0, -25.0, -25.0, -25.0]


def test_a_choice_that_is_favoured_is_too_high_and_the_others_of_its_decision_too_low():
    genes = Macro().enumerate()
    truth = 90 + genes.sum(axis=1) + np.random.default_rng(0).normal(size=len(genes))
    found = bias(genes, [truth + 3 * (genes[:, 2] == 1)], truth)
    assert found.mean[2, 1] > 10 > 0 > max(found.mean[2, 0], found.mean[2, 2])
    assert np.abs(np.delete(found.mean, 2, axis=0)).max() < 5
    assert found.count.sum(axis=1).tolist() == [len(genes)] * 8


@pytest.mark.slow
def test_an_error_that_is_additive_is_all_of_the_variance_and_one_that_is_not_is_none():
    genes = Macro().enumerate()
    rng = np.random.default_rng(1)
    order = rng.permutation(len(genes)).astype(float)
    assert bias(genes, [order], rng.permutation(len(genes)).astype(float)).share < 0.02
    two = np.array([[0], [0], [1], [1]], dtype=np.int8)  # ranks 1 2 3 4 against 3 4 1 2: +-2 by the choice alone
    assert bias(two, [np.array([1.0, 2, 3, 4])], np.array([3.0, 4, 1, 2])).share == pytest.approx(1)


def test_a_perfect_ranking_has_no_bias_and_no_share():
    genes = Macro().enumerate()
    truth = np.arange(len(genes)) / 100
    found = bias(genes, [truth, 2 * truth], truth)
    assert np.isnan(found.share)
    assert not found.mean.any()


def test_operations_without_effect_count_as_none():
    dead = np.array([[0, 0, 3, 1, 0, 2]], dtype=np.int8)  # only 0-3 is connected
    assert choices_of("nb201", dead).genes.tolist() == [[0, 0, 0, 1, 0, 0]]
    assert NB201().decision_names == choices_of("nb201", dead).decisions


def test_a_bias_needs_more_architectures_than_numbers_and_a_masked_space_has_fewer_numbers():
    genes = np.zeros((6, 6), dtype=np.int8)
    genes[1:, :] = 3
    genes[2:6, 5] = (0, 1, 2, 4)
    names = choices_of("nb201", genes)
    every = np.ones(6, dtype=bool)
    assert not names.suffice(every), "an intercept, one number each of five decisions, four of the last: ten of six"
    only = np.repeat(genes[1:2], 6, axis=0)
    only[:2, 5] = 1
    assert choices_of("nb201", only).suffice(every), "two choices of one decision: two numbers of six"
    assert not choices_of("nb201", only).suffice(np.zeros(6, dtype=bool))


def test_a_space_of_many_choices_is_refused_with_what_to_do_instead():
    with pytest.raises(ComparisonError, match=r"space 'track1' has decisions of 16 choices; .* at most 10; compare"):
        choices_of("track1", np.zeros((2, 20), dtype=np.int8))


@pytest.mark.slow
def test_the_bias_of_the_stored_best_recipe_is_the_one_that_was_measured_apart(real_data, tmp_path):
    """Computed independently on the stored predictions, from the operations as written: 51 % of the variance."""
    from bench.places import PROJECT
    from bench.population import Population
    from bench.recipe.preset import find_preset
    from bench.runs.plan import plan
    from bench.scores.join import join
    from bench.scores.score_run import score_run
    from bench.study.study import STUDIES
    from bench.tables.add import add
    from bench.tables.catalog import open_table

    add([real_data / "nats_bench.csv"], tmp_path)
    table = open_table("nb201/cifar10/test/200ep", tmp_path)
    rows = plan(STUDIES.get("best-recipe"), find_preset("laptop"), None, PROJECT / "results")
    best = next(planned for planned in rows if planned.row.name == "best recipe")
    stored = [run.read().predictions for run in best.having("done")]
    connected = Population("connected", table.space, table.genes)
    runs = [score_run(join("best", one.genes, one.accuracy, table), table, connected) for one in stored]
    inside = runs[0].inside
    genes = table.genes[runs[0].rows][inside]
    predictions, truth = [run.prediction[inside] for run in runs], runs[0].truth[inside]
    as_written = bias(genes, predictions, truth)
    expected = [
        [-2, 0, -6, 7, 1],
        [-1, -1, -3, 2, 3],
        [-1, 2, -2, 0, 2],
        [4, -9, -7, 6, 7],
        [-2, 0, -5, 1, 6],
        [-2, 3, -7, -5, 11],
    ]
    assert as_written.share == pytest.approx(0.51, abs=0.005)
    np.testing.assert_allclose(as_written.mean, expected, atol=0.51)
    live = bias(choices_of("nb201", genes).genes, predictions, truth)
    assert live.share == pytest.approx(0.551, abs=0.001)  # more, as an operation without effect has no bias
    assert (live.mean[:, AVG_POOL] > 0).all()
    assert live.mean[3, SKIP] == pytest.approx(-9.3, abs=0.05)
