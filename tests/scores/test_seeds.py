"""A row's score over its seeds: one kind of interval, over architectures and seeds."""

import numpy as np
import pytest
from scipy.stats import t

from bench.errors import ComparisonError
from bench.scores.interval import canonical_order, replicates
from bench.scores.metrics import METRICS
from bench.scores.score_run import Scored, ScoredRun
from bench.scores.seeds import intervals_over_seeds, trend_of_mean

TAU, TREND = METRICS.get("kendall-tau-b"), METRICS.get("top-n-trend")
TRUTH = np.linspace(80, 94, 60)


def seeds(noise, count=3, truth=TRUTH):
    rng = np.random.default_rng(1)
    everything = np.ones(len(truth), dtype=bool)
    return [
        Scored(prediction=truth + rng.normal(0, noise, len(truth)), truth=truth, inside=everything)
        for _ in range(count)
    ]


def test_the_two_parts_of_the_interval_are_added_in_quadrature():
    runs = seeds(4.0)
    found = intervals_over_seeds(runs, [TAU], resamples=200)[TAU.name]
    by_seed = np.array([one.value(TAU) for one in runs])
    order = canonical_order(TRUTH, *(one.prediction for one in runs))
    drawn = np.mean(
        [replicates([TAU], one.prediction, TRUTH, order=order, resamples=200)[TAU.name] for one in runs], axis=0
    )
    low, high = np.percentile(drawn, [2.5, 97.5])
    over_seeds = t.ppf(0.975, 2) * by_seed.std(ddof=1) / np.sqrt(3)
    assert found.value == pytest.approx(by_seed.mean())
    assert found.low == pytest.approx(found.value - np.hypot(found.value - low, over_seeds))
    assert found.high == pytest.approx(found.value + np.hypot(high - found.value, over_seeds))


def test_one_seed_has_the_interval_over_architectures_and_says_so():
    [run] = seeds(4.0, count=1)
    found, alone = intervals_over_seeds([run], [TAU])[TAU.name], run.interval(TAU)
    assert (found.value, found.low, found.high) == (alone.value, alone.low, alone.high)
    assert "one seed" in found.reason


def test_a_seed_on_which_a_metric_is_undefined_is_left_out_and_counted():
    runs = seeds(4.0)
    runs[1] = Scored(prediction=np.ones(60), truth=TRUTH, inside=runs[1].inside)
    found = intervals_over_seeds(runs, [TAU], resamples=50)[TAU.name]
    assert found.value == pytest.approx(np.mean([runs[0].value(TAU), runs[2].value(TAU)]))
    assert "undefined on 1 of 3 seeds" in found.reason


def test_seeds_that_predicted_different_architectures_are_refused():
    runs = [*seeds(1.0, count=1), *seeds(1.0, count=1, truth=TRUTH[1:])]
    with pytest.raises(ComparisonError, match=r"'mine': its seeds predicted different architectures \(n = 60, 59\)"):
        intervals_over_seeds(runs, [TAU], name="mine")


def test_the_trend_is_that_of_the_predictions_averaged_over_seeds():
    truth = np.linspace(10, 94, 600)
    rng, everything = np.random.default_rng(0), np.ones(600, dtype=bool)
    rows = np.arange(600)
    runs = [
        ScoredRun(name="a", rows=rows, prediction=truth + rng.normal(0, 40, 600), truth=truth, inside=everything)
        for _ in range(3)
    ]
    mean = np.mean([one.prediction for one in runs], axis=0)
    found = trend_of_mean(runs, resamples=20)
    assert found.value == TREND(mean, truth)
    assert found.seeds == 3
