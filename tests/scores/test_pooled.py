"""Pooled variance over the rows of a study, and the control of false discoveries."""

import numpy as np
import pytest
from scipy import stats

from bench.scores.difference import Difference, paired_differences
from bench.scores.interval import Value
from bench.scores.metrics import METRICS
from bench.scores.pooled import false_discovery, pooled

TAU = METRICS.get("kendall-tau-b")


def difference(by_seed, over=(0.0, 0.0)):
    mean = float(np.mean(by_seed))
    value = Value(value=mean, low=mean - 0.5, high=mean + 0.5, n=9, seeds=len(by_seed), resampled="seeds")
    return Difference(value=value, metric=TAU, first=0.5, second=0.5, by_seed=tuple(by_seed), over_architectures=over)


def test_rows_of_equal_variance_share_it_with_the_sum_of_their_degrees_of_freedom():
    rows = [difference([0.1, 0.2, 0.3]), difference([0.0, 0.2])]  # variances .01 and .02
    three, two = pooled(rows)
    variance = (2 * 0.01 + 1 * 0.02) / 3
    half = stats.t.ppf(0.975, 3) * np.sqrt(variance / 3)
    assert three.freedom == two.freedom == 3
    assert three.difference.value.high == pytest.approx(0.2 + half)
    assert two.difference.value.low == pytest.approx(0.1 - half * np.sqrt(3 / 2))


def test_a_row_alone_keeps_its_own_variance_and_has_the_p_of_the_t_test():
    [alone] = pooled([difference([0.1, 0.2, 0.35])])
    assert alone.p == pytest.approx(stats.ttest_1samp([0.1, 0.2, 0.35], 0).pvalue, rel=1e-6)


def test_a_row_alone_keeps_the_interval_of_the_paired_difference():
    rng = np.random.default_rng(0)
    quality = rng.normal(size=60)
    first, second = quality + rng.normal(size=(3, 60)), quality + 2 * rng.normal(size=(3, 60))
    paired = paired_differences(first, second, 90 + quality, [TAU], resamples=50)[TAU.name]
    [alone] = pooled([paired])
    assert (alone.difference.value.low, alone.difference.value.high) == pytest.approx(
        (paired.value.low, paired.value.high)
    )


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("over", [0.0, 0.05, 0.3])
def test_p_is_below_a_twentieth_where_the_interval_excludes_zero(over):
    for shift in np.linspace(-0.4, 0.4, 17):
        [told] = pooled([difference(shift + np.array([-0.05, 0.0, 0.07]), (over, over))])
        excluded = told.difference.value.low > 0 or told.difference.value.high < 0
        assert (told.p < 0.05) == excluded


def test_one_seed_has_no_p_and_keeps_its_interval():
    one, _ = pooled([difference([0.4]), difference([0.1, 0.2])])
    assert np.isnan(one.p)
    assert one.difference.value.low == pytest.approx(-0.1)
    assert all(np.isnan(told.p) for told in pooled([difference([0.4])]))


@pytest.mark.slow
def test_noise_alone_is_called_a_difference_in_one_of_twenty_rows():
    rng = np.random.default_rng(1)
    told = [one.p for _ in range(40) for one in pooled([difference(row) for row in rng.normal(size=(5, 3))])]
    assert np.mean(np.array(told) < 0.05) == pytest.approx(0.05, abs=0.035)


def test_the_false_discovery_rate_is_that_of_benjamini_and_hochberg():
    levels = [0.001, 0.02, 0.03, 0.2]
    assert false_discovery(levels) == pytest.approx([0.004, 0.04, 0.04, 0.2])  # p times 4 / rank, made monotone
    assert np.isnan(false_discovery([np.nan])[0])
