"""What a metric's functions return is checked where it enters: one number, and one for each resample."""

import numpy as np
import pytest

from bench.errors import PluginError
from bench.scores.metrics import Metric
from bench.scores.resampling.counts import bootstrap_counts
from bench.scores.resampling.resamples import Resamples

PREDICTION, TRUTH = np.array([1.0, 3.0, 2.0, 4.0]), np.array([90.0, 91.0, 93.0, 92.0])


def metric(function=lambda prediction, truth: 0.5, resampled=None):
    return Metric(name="mine", better="higher", low=0, high=1, function=function, resampled=resampled)


def resamples():
    [counts] = bootstrap_counts(4, 3)
    return Resamples.of(PREDICTION, TRUTH, counts)


@pytest.mark.parametrize("value", [0.5, np.float32(0.5), np.array(0.5), np.nan, 1, np.int64(1)])
def test_one_number_is_taken_whatever_its_type(value):
    found = metric(lambda prediction, truth: value)(PREDICTION, TRUTH)
    assert isinstance(found, float)
    np.testing.assert_equal(found, float(value))


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (np.array([0.5]), r"shape \(1,\)"),
        (PREDICTION, r"shape \(4,\)"),
        ("0.5", "'0.5'"),
        (None, "None"),
        (True, "True"),
        (np.inf, "inf"),
        (1 + 1j, r"\(1\+1j\)"),
    ],
)
def test_what_is_no_number_is_named_with_the_function(value, told):
    def wrong(prediction, truth):
        return value

    with pytest.raises(PluginError, match=rf"metric 'mine' \(.*test_checked\.py:\d+\) returned {told}; expected one"):
        metric(wrong)(PREDICTION, TRUTH)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (0.5, r"returned float; expected floats of shape \(3,\)"),
        (np.array([0.5]), r"returned float64 of shape \(1,\); expected floats of shape \(3,\)"),
        (np.full((3, 1), 0.5), r"returned float64 of shape \(3, 1\); expected"),
        ([0.5, 0.5, 0.5], r"returned list; expected"),
        (np.array([1, 0, 1]), r"returned int64 of shape \(3,\); expected floats"),
        (np.array([0.5, np.inf, 0.5]), r"returned an infinite number; expected NaN where it is not defined"),
    ],
)
def test_resamples_give_one_float_each(values, told):
    def wrong(resamples):
        return values

    with pytest.raises(PluginError, match=rf"metric 'mine' \(.*test_checked\.py:\d+\) {told}"):
        metric(resampled=wrong).over(resamples())


def test_a_number_that_is_undefined_in_a_resample_is_kept():
    found = metric(resampled=lambda resamples: np.array([0.5, np.nan, 0.25])).over(resamples())
    np.testing.assert_equal(found, [0.5, np.nan, 0.25])


def test_a_metric_without_resampled_is_checked_in_each_resample():
    with pytest.raises(PluginError, match=r"returned shape \(\d,\); expected one number"):
        metric(lambda prediction, truth: prediction).over(resamples())
