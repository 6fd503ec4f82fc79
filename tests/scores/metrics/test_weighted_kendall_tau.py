import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.scores.metrics.weighted_kendall_tau import WEIGHTED_KENDALL_TAU

TRUTH = np.array([90.0, 91.0, 92.0, 93.0, 94.0])


def test_an_exchange_at_the_top_weighs_more_than_one_at_the_bottom():
    total = 4 * (1 + 1 / 2 + 1 / 3 + 1 / 4 + 1 / 5)  # a pair weighs 1 / rank + 1 / rank, ranks from the best
    top, bottom = np.array([1.0, 2.0, 3.0, 5.0, 4.0]), np.array([2.0, 1.0, 3.0, 4.0, 5.0])
    assert WEIGHTED_KENDALL_TAU(top, TRUTH) == pytest.approx(1 - 2 * (1 + 1 / 2) / total)
    assert WEIGHTED_KENDALL_TAU(bottom, TRUTH) == pytest.approx(1 - 2 * (1 / 4 + 1 / 5) / total)


def weighted(x, y, ranked_by):
    """Sum over the pairs of two rankings without ties."""
    weight = 1 / (1 + (ranked_by > ranked_by[:, None]).sum(axis=1))
    pairs = np.add.outer(weight, weight)[np.triu_indices(len(x), 1)]
    agree = (np.sign(np.subtract.outer(x, x)) * np.sign(np.subtract.outer(y, y)))[np.triu_indices(len(x), 1)]
    return (pairs * agree).sum() / pairs.sum()


@settings(max_examples=25)
@given(order=st.permutations(range(7)))
def test_it_is_the_mean_over_ranks_by_prediction_and_ranks_by_truth(order):
    prediction, truth = np.array(order, dtype=float), 90 + np.arange(7.0)
    expected = (weighted(prediction, truth, prediction) + weighted(prediction, truth, truth)) / 2
    assert WEIGHTED_KENDALL_TAU(prediction, truth) == pytest.approx(expected)
