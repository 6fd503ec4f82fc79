import numpy as np
import pytest
from scipy import stats

from bench.scores.metrics.kendall_tau import KENDALL_TAU_B, TOP, TOPS

TOP_10 = TOPS[0]


def test_the_tops_are_those_of_the_paper():
    assert [metric.name.split("/top-")[1] for metric in TOPS] == ["10", "25", "50", "150", "250", "500"]
    assert [metric.settings["number"] for metric in TOPS] == list(TOP)


def test_tau_in_the_true_top_is_tau_of_the_best_with_all_that_tie_for_the_last_place():
    truth = np.r_[np.arange(12.0), [2.0, 2.0]]  # the tenth best is one of three at 2.0
    prediction = np.cos(np.arange(14.0))
    inside = truth >= 2
    assert inside.sum() == 12
    expected = stats.kendalltau(prediction[inside], truth[inside]).statistic
    assert TOP_10(prediction, truth) == pytest.approx(expected)


def test_tau_in_the_true_top_is_plain_tau_where_there_are_just_as_many_architectures():
    prediction = np.cos(np.arange(10.0))
    expected = KENDALL_TAU_B(prediction, np.arange(10.0))
    assert TOP_10(prediction, np.arange(10.0)) == expected


def test_tau_in_the_true_top_is_undefined_where_there_are_fewer_architectures():
    assert np.isnan(TOP_10(np.arange(9.0), np.arange(9.0)))


def test_tau_in_the_true_top_is_undefined_where_the_prediction_is_constant_there():
    truth = np.arange(20.0)
    assert np.isnan(TOP_10(np.minimum(truth, 5), truth))


def test_two_architectures_have_a_tau():
    assert KENDALL_TAU_B(np.array([1.0, 2.0]), np.array([91.0, 90.0])) == -1
    assert KENDALL_TAU_B(np.array([1.0, 2.0]), np.array([90.0, 91.0])) == 1
