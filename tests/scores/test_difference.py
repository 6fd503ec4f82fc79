"""A difference paired over seeds and architectures, and the width of its interval."""

import numpy as np
import pytest
from scipy import stats

from bench.scores.difference import paired_differences
from bench.scores.metrics import METRICS

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
