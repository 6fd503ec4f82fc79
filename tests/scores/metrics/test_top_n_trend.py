import numpy as np
import pytest

from bench.scores.interval import bootstrap
from bench.scores.metrics.top_n_trend import TOP_N_TREND
from bench.scores.resampling.counts import bootstrap_counts
from bench.scores.resampling.resamples import Resamples


def test_the_trend_is_minus_one_where_the_prediction_falls_with_the_truth():
    truth = np.arange(600.0)
    assert TOP_N_TREND(truth, truth) == pytest.approx(-1)


def test_the_trend_is_plus_one_where_the_best_are_predicted_worst():
    truth = np.arange(600.0)
    assert TOP_N_TREND(-truth, truth) == pytest.approx(1)


def test_the_trend_lies_on_the_grid_of_six_points():
    truth = np.arange(600.0)
    prediction = np.where(truth >= 590, 580.0, truth)  # A_10 = 580, A_25 = 581.2, A_50 = 571.6: one of 15 pairs rises
    assert TOP_N_TREND(prediction, truth) == pytest.approx((1 - 14) / 15)


def test_the_trend_looks_at_the_tops_of_the_paper():
    truth = np.arange(600.0)
    prediction = np.zeros(600)
    prediction[[585, 560, 500, 400]] = [3, 10, 100, 100]  # ranks 15, 40, 100 and 200
    means = np.array([0 / 10, 3 / 25, 13 / 50, 113 / 150, 213 / 250, 213 / 500])
    rises = np.sign(np.subtract.outer(means, means))[np.tril_indices(6)].sum()
    assert TOP_N_TREND(prediction, truth) == pytest.approx(rises / 15)


def test_the_trend_of_a_prediction_that_is_constant_in_the_top_is_undefined_despite_rounding():
    truth = np.arange(600.0)
    prediction = np.where(truth < 50, truth / 49, 0.1)  # the mean of N copies of 0.1 is not the same float for each N
    assert np.isnan(TOP_N_TREND(prediction, truth))


def test_the_trend_is_undefined_below_five_hundred_architectures():
    assert TOP_N_TREND(np.arange(500.0), np.arange(500.0)) == pytest.approx(-1)
    assert np.isnan(TOP_N_TREND(np.arange(499.0), np.arange(499.0)))


@pytest.mark.parametrize(("factor", "shift"), [(1e-13, 0), (1e13, 0), (1, 1e3)])
def test_the_trend_does_not_depend_on_the_unit_of_the_prediction(factor, shift):
    truth = np.arange(600.0)
    prediction = np.where(truth >= 590, 580.0, truth)
    other = factor * prediction + shift
    assert TOP_N_TREND(other, truth) == TOP_N_TREND(prediction, truth)
    [counts] = bootstrap_counts(600, 4)
    drawn, others = (TOP_N_TREND.over(Resamples.of(values, truth, counts)) for values in (prediction, other))
    np.testing.assert_array_equal(others, drawn)


@pytest.mark.parametrize(
    "prediction", [np.arange(499.0), np.repeat([0.0, 1.0], [100, 500])], ids=["too few", "one mean at every N"]
)
def test_an_undefined_trend_says_why(prediction):
    value = bootstrap(TOP_N_TREND, prediction, np.arange(float(len(prediction))), resamples=1)
    assert np.isnan(value.value)
    assert value.reason == "fewer than 500 architectures, or one mean prediction at every N"
