"""A difference paired over seeds and architectures, and the width of its interval."""

import numpy as np
import pytest
from scipy import stats

from bench.scores.difference import Difference, paired_differences
from bench.scores.interval import Value
from bench.scores.metrics import METRICS
from bench.scores.size import size_metrics

TAU = METRICS.get("kendall-tau-b")


@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_over_seeds_the_interval_is_students_t_and_not_the_normal_one(seeds):
    """Where the second row is the truth and no draw of architectures tells the rows apart, seeds alone are left."""
    truth = np.arange(8.0)
    first = np.tile(truth, (seeds, 1))
    first[0] = -truth  # tau -1 on the first seed, 1 on the others, in every resample with two architectures
    value = paired_differences(first, np.tile(truth, (seeds, 1)), truth, [TAU], resamples=30)[TAU.name].value
    by_seed = np.array([-2.0, *np.zeros(seeds - 1)])
    low, high = stats.t.interval(0.95, seeds - 1, by_seed.mean(), by_seed.std(ddof=1) / np.sqrt(seeds))
    assert value.value == pytest.approx(-2 / seeds)
    assert value.low == pytest.approx(max(low, -2)), "cut at the range of a difference of taus"
    assert value.high == pytest.approx(min(high, 2))
    if seeds == 5:
        assert low > -2, "nothing is cut, so that another quantile would show"


def test_the_smallest_difference_told_excludes_zero_in_four_of_five_repetitions():
    half = 1.96
    value = Value(value=0.1, low=0.1 - half, high=0.1 + half, n=9, resampled="architectures")
    difference = Difference(value=value, metric=TAU, first=0.6, second=0.5)
    drawn = difference.smallest_detectable + np.random.default_rng(0).normal(size=20_000)
    assert np.mean(drawn - half > 0) == pytest.approx(0.8, abs=0.01)


def test_a_metric_without_direction_is_higher_and_not_better():
    value = Value(value=0.1, low=0.05, high=0.2, n=9, resampled="architectures")
    with_size = size_metrics(np.arange(3.0))[1]
    assert Difference(value=value, metric=with_size, first=0.6, second=0.5).verdict == "first is higher"
