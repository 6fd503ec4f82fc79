from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bench.scores.interval import bootstrap
from bench.scores.metrics.kendall_tau import KENDALL_TAU_B
from bench.scores.metrics.sparse_kendall_tau import AGAINST, KCYU, TRUTH

PREDICTION = np.array([1.0, 2.0, 3.0, 4.0])


def test_sparse_tau_forgives_what_the_rounding_of_the_truth_hides():
    truth = np.array([89.98, 90.02, 92.0, 91.0])  # 90.0, 90.0, 92.0, 91.0
    assert TRUTH(PREDICTION, truth) == pytest.approx((4 - 1) / np.sqrt(6 * 5))
    assert KENDALL_TAU_B(PREDICTION, truth) == pytest.approx((5 - 1) / 6)


def test_sparse_tau_of_the_code_gives_the_prediction_the_bins_of_the_truth():
    truth = np.array([90.0, 90.09, 92.0, 91.0])  # bins 0, 0, 2, 1; the prediction is read as bins 0, 0, 1, 2
    assert KCYU(PREDICTION, truth) == pytest.approx((4 - 1) / 5)


@settings(max_examples=20)
@given(prediction=arrays(int, 6, elements=st.integers(0, 3)), tenths=arrays(int, 6, elements=st.integers(900, 904)))
def test_sparse_tau_of_the_code_is_the_mean_over_all_orders_of_equal_predictions(prediction, tenths):
    assume(np.ptp(prediction) and np.ptp(tenths))
    by_order = []
    for order in permutations(range(6)):
        if all(prediction[a] <= prediction[b] for a, b in pairwise(order)):
            by_order.append(plain_tau_b(sorted(tenths), tenths[list(order)]))
    found = KCYU(prediction.astype(float), tenths / 10 + 0.02)
    assert found == pytest.approx(np.mean(by_order), abs=1e-12)
    assert AGAINST(prediction.astype(float), tenths / 10 + 0.02) == pytest.approx(min(by_order), abs=1e-12)


def test_ties_against_the_predictor_put_the_higher_truth_first():
    equal, reversed_ = np.array([1.0, 1.0, 1.0, 2.0]), np.array([3.0, 2.0, 1.0, 4.0])
    truth = np.array([90.0, 91.0, 92.0, 93.0])
    assert AGAINST(equal, truth) == AGAINST(reversed_, truth)


@pytest.mark.parametrize("metric", [TRUTH, KCYU], ids=lambda metric: metric.name)
def test_accuracies_of_two_bins_of_a_tenth_of_a_percent_are_told_apart(metric):
    truth = np.array([90.01, 90.12, 92.0, 91.0])
    assert metric(PREDICTION, truth) == pytest.approx((5 - 1) / 6)


def plain_tau_b(x, y):
    """Count the pairs."""
    signs = np.sign(np.subtract.outer(x, x)), np.sign(np.subtract.outer(y, y))
    return (signs[0] * signs[1]).sum() / np.sqrt(np.abs(signs[0]).sum() * np.abs(signs[1]).sum())


@settings(max_examples=25)
@given(tenths=arrays(int, 12, elements=st.integers(900, 906)), order=st.permutations(range(12)))
def test_both_readings_are_tau_b_of_what_they_say(tenths, order):
    truth, prediction = tenths / 10 + 0.02, np.array(order, dtype=float)
    assume(len(set(tenths)) > 1)
    assert TRUTH(prediction, truth) == pytest.approx(plain_tau_b(prediction, tenths))
    by_truth, by_prediction = sorted(tenths), tenths[np.argsort(prediction)]
    assert KCYU(prediction, truth) == pytest.approx(plain_tau_b(by_truth, by_prediction))


@pytest.mark.parametrize(
    ("metric", "reason"),
    [(TRUTH, "the truth is constant after rounding to 0.1 %"), (KCYU, "all truths fall into one bin of 0.1 %")],
    ids=lambda value: getattr(value, "name", None),
)
def test_accuracies_of_one_bin_leave_it_undefined_and_it_says_so(metric, reason):
    value = bootstrap(metric, PREDICTION, np.array([90.01, 90.02, 90.03, 90.04]), resamples=1)
    assert np.isnan(value.value)
    assert value.reason == reason
