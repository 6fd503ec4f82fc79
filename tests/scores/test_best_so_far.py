import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.scores.best_so_far import best_so_far


@pytest.mark.slow
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), min_size=1, max_size=12))
def test_it_is_the_mean_over_the_best_of_every_prefix(pairs):
    scores, truth = np.array(pairs, dtype=float).T
    found = best_so_far(scores, truth[:, None])
    for count in range(1, len(scores) + 1):
        [best] = np.nonzero(scores[:count] == scores[:count].max())
        assert found.first[count - 1] == best[0]
        assert found.ties[count - 1] == len(best)
        assert np.isclose(found.means[count - 1, 0], truth[best].mean())


def test_diverged_ones_are_best_only_before_all_others():
    found = best_so_far(np.array([-np.inf, -np.inf, 1.0]), np.array([[1.0], [3.0], [5.0]]))
    assert found.means[:, 0].tolist() == [1.0, 2.0, 5.0]


def test_an_unknown_truth_among_the_best_is_not_left_out():
    found = best_so_far(np.array([1.0, 2.0, 2.0]), np.array([[1.0], [3.0], [np.nan]]))
    assert found.means[:2, 0].tolist() == [1.0, 3.0]
    assert np.isnan(found.means[2, 0])


def test_a_score_that_is_no_number_is_never_better():
    columns = np.arange(4.0)[:, None]
    assert best_so_far(np.array([1.0, np.nan, 1.0, 2.0]), columns).first.tolist() == [0, 0, 0, 3]
    assert best_so_far(np.array([np.nan, 1.0, np.nan, 2.0]), columns).first.tolist() == [0, 0, 0, 0]
