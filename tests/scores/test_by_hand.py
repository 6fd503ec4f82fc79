"""Each metric on four architectures by hand, and against SciPy on many."""

import warnings
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from bench.scores import METRICS
from bench.scores.predicted_top import _expected_minimum, best_rank, precision, worst_rank
from bench.scores.search_value import surpass_random

PREDICTION = np.array([1.0, 2.0, 3.0, 4.0])
TRUTH = np.array([90.0, 91.0, 93.0, 92.0])
TIED = np.array([1.0, 2.0, 2.0, 2.0])


@pytest.mark.parametrize(
    ("name", "prediction", "expected"),
    [
        ("kendall-tau-b", PREDICTION, (5 - 1) / 6),
        ("kendall-tau-b", TIED, 3 / np.sqrt((6 - 3) * 6)),  # three of six pairs tie
        ("spearman", PREDICTION, 1 - 6 * 2 / (4 * 15)),
        ("pearson", PREDICTION, 4 / 5),  # covariance 4, both sums of squares 5
        ("regret", PREDICTION, 1.0),
        ("regret", TIED, 93 - (91 + 93 + 92) / 3),
        ("surpass-random-search/n-10", PREDICTION, (1 - 2 / 4) ** 10),
        ("surpass-random-search/n-10", TIED, ((1 / 4) ** 10 + (3 / 4) ** 10 + (2 / 4) ** 10) / 3),
        # ranks by prediction 4 3 2 1, weights 1/4 1/3 1/2 1; by truth 4 3 1 2; the pair (3, 4) disagrees
        ("weighted-kendall-tau", PREDICTION, 1 - 2 * (1 + 1 / 2) / (3 * (1 + 1 / 2 + 1 / 3 + 1 / 4))),
    ],
)
def test_a_metric_of_four_architectures_is_what_the_hand_computes(name, prediction, expected):
    assert METRICS.get(name)(prediction, TRUTH) == pytest.approx(expected, abs=1e-12)


def test_sparse_tau_forgives_what_the_rounding_of_the_truth_hides():
    truth = np.array([89.98, 90.02, 92.0, 91.0])  # 90.0, 90.0, 92.0, 91.0
    assert METRICS.get("sparse-kendall-tau/truth-0.1%")(PREDICTION, truth) == pytest.approx((4 - 1) / np.sqrt(6 * 5))
    assert METRICS.get("kendall-tau-b")(PREDICTION, truth) == pytest.approx((5 - 1) / 6)


def test_sparse_tau_of_the_code_gives_the_prediction_the_bins_of_the_truth():
    truth = np.array([90.01, 90.09, 92.0, 91.0])  # bins 0, 0, 2, 1; the prediction is read as bins 0, 0, 1, 2
    assert METRICS.get("sparse-kendall-tau/kcyu-1e-3")(PREDICTION, truth) == pytest.approx((4 - 1) / 5)


def test_sparse_tau_of_the_code_orders_equal_predictions_against_the_predictor():
    equal, reversed_ = np.array([1.0, 1.0, 1.0, 2.0]), np.array([3.0, 2.0, 1.0, 4.0])
    truth = np.array([90.0, 91.0, 92.0, 93.0])
    metric = METRICS.get("sparse-kendall-tau/kcyu-1e-3")
    assert metric(equal, truth) == metric(reversed_, truth)


def test_precision_counts_the_shared_half():
    assert precision(PREDICTION, np.array([90.0, 93.0, 91.0, 92.0]), share=50) == 0.5


def test_precision_of_tied_predictions_is_the_mean_over_their_orders():
    assert precision(TIED, TRUTH, share=50) == pytest.approx(2 / 3)  # two places for three, two of them in the top


def test_precision_takes_all_that_tie_with_the_last_place_of_the_true_top():
    assert precision(PREDICTION, np.array([90.0, 92.0, 93.0, 92.0]), share=50) == 1


@pytest.mark.parametrize("name", ["precision-at-top/0.5%", "best-rank-at-top/0.5%", "worst-rank-at-top/0.5%"])
def test_a_top_share_of_less_than_one_architecture_is_undefined(name):
    assert np.isnan(METRICS.get(name)(PREDICTION, TRUTH))


@pytest.mark.parametrize(("normalised", "unit"), [(False, 4), (True, 1)])
def test_best_and_worst_rank_look_at_the_predicted_half(normalised, unit):
    truth = np.array([90.0, 93.0, 91.0, 92.0])  # the predicted half has true ranks 3 and 2
    assert best_rank(PREDICTION, truth, share=50, normalised=normalised) == 2 / 4 * unit
    assert worst_rank(PREDICTION, truth, share=50, normalised=normalised) == 3 / 4 * unit


def test_best_and_worst_rank_of_tied_predictions_are_means_over_their_orders():
    assert best_rank(TIED, TRUTH, share=25, normalised=False) == pytest.approx((3 + 1 + 2) / 3)
    assert worst_rank(TIED, TRUTH, share=50, normalised=False) == pytest.approx((3 + 3 + 2) / 3)


def test_the_expected_minimum_is_the_mean_over_all_choices():
    contenders = [1.0, 4.0, 4.0, 7.0, 9.0]
    choices = [min(5.0, *chosen) for chosen in combinations(contenders, 2)]
    assert _expected_minimum(5.0, np.array(contenders), 2) == pytest.approx(np.mean(choices))


def test_surpassing_random_search_reproduces_a_published_probability():
    # FACTS: NAO on NAS-Bench-101 (n = 10) .62 at rank 19,552 of 423,624 (Yu et al., ICLR 2020, table 2)
    truth = np.arange(423_624.0)
    picked = np.zeros(len(truth))
    picked[len(truth) - 19_552] = 1
    assert surpass_random(picked, truth, draws=10) == pytest.approx(0.62, abs=0.005)


def test_tau_in_the_true_top_is_tau_of_the_best_with_all_that_tie_for_the_last_place():
    truth = np.r_[np.arange(12.0), [2.0, 2.0]]  # the tenth best is one of three at 2.0
    prediction = np.cos(np.arange(14.0))
    inside = truth >= 2
    assert inside.sum() == 12
    expected = stats.kendalltau(prediction[inside], truth[inside]).statistic
    assert METRICS.get("kendall-tau-b/top-10")(prediction, truth) == pytest.approx(expected)


def test_tau_in_the_true_top_is_plain_tau_where_there_are_just_as_many_architectures():
    prediction = np.cos(np.arange(10.0))
    expected = METRICS.get("kendall-tau-b")(prediction, np.arange(10.0))
    assert METRICS.get("kendall-tau-b/top-10")(prediction, np.arange(10.0)) == expected


def test_tau_in_the_true_top_is_undefined_where_there_are_fewer_architectures():
    assert np.isnan(METRICS.get("kendall-tau-b/top-10")(np.arange(9.0), np.arange(9.0)))


def test_tau_in_the_true_top_is_undefined_where_the_prediction_is_constant_there():
    truth = np.arange(20.0)
    assert np.isnan(METRICS.get("kendall-tau-b/top-10")(np.minimum(truth, 5), truth))


def test_the_trend_is_minus_one_where_the_prediction_falls_with_the_truth():
    truth = np.arange(600.0)
    assert METRICS.get("top-n-trend")(truth, truth) == pytest.approx(-1)


def test_the_trend_is_plus_one_where_the_best_are_predicted_worst():
    truth = np.arange(600.0)
    assert METRICS.get("top-n-trend")(-truth, truth) == pytest.approx(1)


def test_the_trend_lies_on_the_grid_of_six_points():
    truth = np.arange(600.0)
    prediction = np.where(truth >= 590, 580.0, truth)  # A_10 = 580, A_25 = 581.2, A_50 = 571.6: one of 15 pairs rises
    assert METRICS.get("top-n-trend")(prediction, truth) == pytest.approx((1 - 14) / 15)


def test_the_trend_of_a_prediction_that_is_constant_in_the_top_is_undefined_despite_rounding():
    truth = np.arange(600.0)
    prediction = np.where(truth < 50, truth / 49, 0.1)  # the mean of N copies of 0.1 is not the same float for each N
    assert np.isnan(METRICS.get("top-n-trend")(prediction, truth))


def test_the_trend_is_undefined_below_five_hundred_architectures():
    assert METRICS.get("top-n-trend")(np.arange(500.0), np.arange(500.0)) == pytest.approx(-1)
    assert np.isnan(METRICS.get("top-n-trend")(np.arange(499.0), np.arange(499.0)))


SCIPY = {
    "kendall-tau-b": stats.kendalltau,
    "spearman": stats.spearmanr,
    "pearson": stats.pearsonr,
    "weighted-kendall-tau": stats.weightedtau,
}


@settings(max_examples=25)
@given(values=arrays(float, (2, 30), elements=st.integers(0, 9).map(float)))
def test_a_correlation_equals_that_of_scipy(values):
    for name, function in SCIPY.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SciPy warns where an input is constant
            expected = function(*values).statistic
        np.testing.assert_allclose(METRICS.get(name)(*values), expected, atol=1e-12, err_msg=name)
