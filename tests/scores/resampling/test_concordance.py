import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bench.scores.resampling.concordance import dense_ranks, net_concordance, running_sum, total_concordance

ARCHS = 70
COUNTS = arrays(np.float32, (ARCHS, 2), elements=st.integers(0, 3))


def values(distinct):
    return arrays(float, ARCHS, elements=st.integers(0, distinct).map(float))


def double_sum(x, y, drawn):
    return (np.sign(np.subtract.outer(x, x)) * np.sign(np.subtract.outer(y, y))) @ drawn


@pytest.mark.slow
@settings(max_examples=25)
@given(x=values(60), y=values(3), drawn=COUNTS)
def test_net_concordance_equals_the_double_sum(x, y, drawn):
    np.testing.assert_array_equal(net_concordance(dense_ranks(x), dense_ranks(y), drawn), double_sum(x, y, drawn))
    expected = (drawn * double_sum(x, y, drawn)).sum(axis=0)
    np.testing.assert_array_equal(total_concordance(dense_ranks(x), dense_ranks(y), drawn), expected)


@pytest.mark.slow
def test_net_concordance_of_many_blocks_is_exact():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=1500), rng.integers(700, size=1500)
    drawn = rng.integers(4, size=(1500, 3)).astype(np.float32)
    np.testing.assert_array_equal(net_concordance(dense_ranks(x), dense_ranks(y), drawn), double_sum(x, y, drawn))
    expected = (drawn * double_sum(x, y, drawn).astype(np.float64)).sum(axis=0)
    np.testing.assert_array_equal(total_concordance(dense_ranks(x), dense_ranks(y), drawn), expected)


@given(rows=st.integers(1, 30), columns=st.integers(1, 3))
def test_the_running_sum_is_that_of_numpy(rows, columns):
    values = np.arange(1.0, 1 + rows * columns).reshape(rows, columns)
    np.testing.assert_array_equal(running_sum(values), np.cumsum(values, axis=0))
