"""Predictions laid beside a truth on a population, and what each metric is taken over."""

from dataclasses import replace

import numpy as np
import pytest

from bench.errors import ComparisonError
from bench.population import Population
from bench.scores.cache import scores_kept_in
from bench.scores.ceiling import ceiling
from bench.scores.difference import paired_differences
from bench.scores.interval import bootstrap
from bench.scores.join import join
from bench.scores.metrics import METRICS, all_metrics
from bench.scores.resampling.counts import bootstrap_counts
from bench.scores.score_run import BEST, FEW, Scored, ceiling_on, score_run
from bench.scores.seeds import intervals_over_seeds
from bench.spaces.macro import Macro
from bench.spaces.nb201 import NB201

TAU = METRICS.get("kendall-tau-b")
TOP = [metric for metric in all_metrics() if metric.of_true_top]
SPACE = NB201()
FOUR = np.array([[0, 0, 0, choice, 0, 0] for choice in (1, 2, 3, 4)], dtype=np.int8)
CUT = np.zeros((1, 6), dtype=np.int8)


@pytest.fixture
def truth(make_table):
    """Return a function that gives the cells of `genes` accuracies, [arch] or [arch, seed]."""

    def table(genes, accuracy):
        return make_table("nb201/digits/test/1ep", SPACE.spell_all(genes), accuracy)

    return table


def scored(genes, values, table, name="all", space=SPACE, **options):
    predictions = join("mine", genes, np.array(values, dtype=float), table)
    return score_run(predictions, table, Population(name, space, table.genes), **options)


def large(archs=5_000):
    """Return a truth with ties, a noisy prediction, and a tenth of the architectures in the population."""
    rng = np.random.default_rng(0)
    return Scored(
        truth=rng.normal(size=archs).round(2), prediction=rng.normal(size=archs), inside=rng.random(archs) < 0.1
    )


def test_predictions_meet_the_mean_truth_by_architecture(truth):
    table = truth(FOUR, [[89, 91], [93, 89], [92, 94], [91, 93]])  # means 90, 91, 93, 92
    straight = scored(FOUR, [1, 2, 3, 4], table)
    turned = scored(FOUR[[2, 0, 3, 1]], [3, 1, 4, 2], table)
    assert straight.value(TAU) == turned.value(TAU) == pytest.approx((5 - 1) / 6)
    for found in (straight, turned):
        np.testing.assert_array_equal(found.arrays(TAU), [[1, 2, 3, 4], [90, 91, 93, 92]])


def test_what_one_side_lacks_is_counted_and_not_scored(truth):
    found = scored(FOUR[[0, 1, 1, 2]], [9, 1, 1, 2], truth(FOUR[1:], [90, 91, 92]))
    assert (found.n, found.missing, found.unknown, found.duplicates) == (2, 1, 1, 1)
    np.testing.assert_array_equal(found.rows, [0, 1])


def test_the_population_is_what_the_metric_is_taken_over(truth):
    genes = np.concatenate([CUT, FOUR])
    table = truth(genes, [10, 90, 91, 92, 93])
    regret = METRICS.get("regret")
    every, connected = (scored(genes, [9, 1, 2, 3, 4], table, name) for name in ("all", "connected"))
    assert (every.n, every.value(regret)) == (5, 83)
    assert (connected.n, connected.value(regret)) == (4, 0)


def test_architectures_outside_the_space_of_the_population_are_left_out(truth):
    table = truth(FOUR, [90, 91, 93, 92])
    masked = scored(FOUR, [1, 2, 3, 4], table, space=NB201(mask=("skip_connect",)))
    assert masked.n == len(masked.rows) == 3


def test_within_leaves_out_what_another_row_lacks(truth):
    table = truth(FOUR, [90, 91, 93, 92])
    found = scored(FOUR, [1, 2, 3, 4], table, within=np.array([True, False, True, True]))
    np.testing.assert_array_equal(found.rows, [0, 2, 3])
    assert (found.n, found.missing) == (3, 0)


def test_diverged_predictions_of_the_population_are_counted(truth):
    genes = np.concatenate([CUT, FOUR])
    table = truth(genes, [10, 90, 91, 93, 92])
    assert scored(genes, [np.nan, np.nan, -np.inf, 2, 1], table, "connected").diverged == 2
    assert scored(genes, [np.nan, np.nan, -np.inf, 2, 1], table).diverged == 3


@pytest.mark.parametrize("metric", TOP, ids=lambda metric: metric.name)
def test_a_metric_of_the_true_top_is_that_of_all_though_taken_over_the_best(metric):
    run = large()
    assert BEST <= run.taken_over(metric).sum() < 1_100
    assert run.value(metric) == pytest.approx(metric(run.prediction, run.truth))


def test_other_metrics_are_taken_over_the_population_and_few_are_all_taken():
    few = Scored(prediction=np.arange(3.0), truth=np.arange(3.0), inside=np.array([True, True, False]))
    assert few.taken_over(TAU).tolist() == [True, True, False]
    assert few.taken_over(METRICS.get("top-n-trend")).tolist() == [True, True, True]
    assert {metric.name for metric in TOP} == {
        "top-n-trend",
        "top-10-minus-top-500",
        *(f"kendall-tau-b/top-{number}" for number in (10, 25, 50, 150, 250, 500)),
    }


def test_an_interval_is_the_bootstrap_of_what_the_metric_is_taken_over():
    run = large(1_500)
    top = METRICS.get("kendall-tau-b/top-50")
    found = run.intervals([top, TAU], resamples=20)
    assert list(found) == [top.name, TAU.name]
    for metric in (top, TAU):
        assert found[metric.name] == bootstrap(metric, *run.arrays(metric), resamples=20)
        assert run.interval(metric, resamples=20) == found[metric.name]
    assert found[TAU.name].n == run.n < found[top.name].n


@pytest.mark.parametrize("inside", [0, 1])
def test_fewer_than_two_architectures_have_no_score_and_say_why(inside):
    run = Scored(prediction=np.arange(3.0), truth=np.arange(3.0), inside=np.arange(3) < inside)
    value = run.interval(TAU)
    assert (value.n, value.reason) == (inside, FEW)
    assert np.isnan([value.value, value.low, value.high, run.value(TAU)]).all()


def test_the_ceiling_stands_on_the_architectures_on_which_predictions_are_scored(truth):
    table = truth(FOUR, [[90, 92], [91, 91], [92, 94], [93, np.nan]])
    everything = Population("all", SPACE, table.genes)
    for within, rows in ((None, range(4)), (np.array([False, True, True, True]), [1, 2, 3])):
        found = ceiling_on(table, everything, [TAU], within=within, resamples=3)[TAU.name]
        wanted = ceiling(table.accuracy[list(rows)], [TAU], resamples=3)[TAU.name]
        assert (found.value, found.n, found.seeds) == (wanted.value, wanted.n, 2)
    assert ceiling_on(truth(FOUR, [90.0, 91.0, 92.0, 93.0]), everything, [TAU], resamples=3) == {}


def test_predictions_of_another_space_are_not_scored(truth):
    table = truth(FOUR, [90.0, 91.0, 92.0, 93.0])
    with pytest.raises(ComparisonError, match="'mine' predicts architectures of space 'macro', and 'nb201/digits"):
        scored(FOUR, [1, 2, 3, 4], table, space=Macro())


def copies(rng, functions=60, most=9):
    """Return what is predicted and true of random functions, each computed by 1 to `most` architectures."""
    quality = rng.normal(90, 2, functions)
    function_of = np.repeat(np.arange(functions), rng.integers(1, most + 1, functions))
    noisy = quality + rng.normal(0, 2, functions)
    return Scored(
        prediction=noisy[function_of],
        truth=quality[function_of],
        inside=np.ones(len(function_of), dtype=bool),
        functions=function_of,
    )


def test_an_interval_over_functions_is_as_wide_as_other_functions_would_spread():
    rng = np.random.default_rng(0)
    spread = np.std([copies(rng).value(TAU) for _ in range(200)])
    found = copies(rng)
    value = found.interval(TAU, resamples=300)
    alone = replace(found, functions=None).interval(TAU, resamples=300)
    assert value.value == alone.value
    assert 0.6 < (value.high - value.low) / (4 * spread) < 1.5
    assert (alone.high - alone.low) / (4 * spread) < 0.6  # copies taken for measurements of their own
    order = rng.permutation(len(found.truth))
    turned = Scored(**{name: getattr(found, name)[order] for name in ("prediction", "truth", "inside", "functions")})
    assert turned.interval(TAU, resamples=300) == value


def test_a_random_draw_of_architectures_is_resampled_one_by_one_but_not_its_true_top(nb201_cifar10):
    rng = np.random.default_rng(1)
    quality = nb201_cifar10.mean + rng.normal(0, 5, len(nb201_cifar10.genes))
    drawn = scored(nb201_cifar10.genes, quality, nb201_cifar10, name="random-1000")
    assert drawn.functions_of(TAU) is None
    assert len(np.unique(drawn.functions_of(TOP[0]))) == 622  # of the 1,003 best cells
    assert scored(nb201_cifar10.genes, quality, nb201_cifar10, name="functions").functions_of(TAU) is None
    for name in ("all", "connected", "canonical", "design", "confirmation"):
        assert scored(nb201_cifar10.genes, quality, nb201_cifar10, name=name).functions_of(TAU) is not None


def test_resamples_of_functions_are_as_large_as_the_population_and_cut_the_last_function():
    functions = np.repeat(np.arange(40), np.r_[np.ones(30, dtype=int), np.full(10, 7)])
    [counts] = bootstrap_counts(100, 500, functions=functions)
    assert (counts.sum(axis=1) == 100).all()
    cut = [sum(len(np.unique(one[functions == name])) > 1 for name in range(40)) for one in counts]
    assert max(cut) == 1
    often = np.array([counts[:, functions == name].sum() for name in range(40)]) / np.bincount(functions)
    assert often.max() < 1.3 * often.min()  # each function is drawn about as often
    [alone] = bootstrap_counts(100, 500)
    [named] = bootstrap_counts(100, 500, functions=np.arange(100)[::-1])
    np.testing.assert_array_equal(alone, named)


def width(value):
    return value.high - value.low


def test_copies_widen_every_kind_of_interval(tmp_path):
    rng = np.random.default_rng(2)
    first = copies(rng)
    noisy = [replace(first, prediction=first.prediction + rng.normal(0, 0.05, len(first.truth))) for _ in range(3)]
    alone = [replace(one, functions=None) for one in noisy]
    names = {"functions": first.functions}
    sides = np.stack([one.prediction for one in noisy])
    others = np.stack([first.truth + rng.normal(0, 2, 60)[first.functions]] * 3)
    seeds = first.truth[:, None] + rng.normal(0, 1, (60, 2))[first.functions]
    with scores_kept_in(tmp_path):  # each kind is asked twice, so that what is kept of one is no answer to the other
        for widths in (
            [width(intervals_over_seeds(side, [TAU], resamples=200)[TAU.name]) for side in (noisy, alone)],
            [
                width(paired_differences(sides, others, first.truth, [TAU], resamples=200, **beside)[TAU.name].value)
                for beside in (names, {})
            ],
            [width(ceiling(seeds, [TAU], resamples=200, **beside)[TAU.name]) for beside in (names, {})],
        ):
            assert widths[0] > 1.5 * widths[1]


def test_a_draw_that_takes_the_whole_space_is_no_random_draw():
    assert Population("random-1000", SPACE).drawn
    assert not Population("connected", SPACE).drawn
    small = NB201(mask=("avg_pool_3x3", "skip_connect"))
    assert small.size == 729
    assert not Population("random-1000", SPACE).of(small).drawn
    assert Population("random-50", SPACE).of(small).drawn
