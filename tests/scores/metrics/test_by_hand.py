"""Each metric on four architectures by hand, and against SciPy on many."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from bench.scores.metrics import METRICS

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
