import numpy as np
import pytest

from bench.scores.ceiling import ceiling
from bench.scores.metrics import METRICS

TAU = METRICS.get("kendall-tau-b")


def test_the_ceiling_is_the_mean_of_each_seed_against_the_mean_of_the_others():
    accuracy = 90 + np.random.default_rng(0).normal(size=(40, 3))
    a, b, c = accuracy.T
    expected = np.mean([TAU(a, (b + c) / 2), TAU(b, (a + c) / 2), TAU(c, (a + b) / 2)])
    value = ceiling(accuracy, [TAU], resamples=20)["kendall-tau-b"]
    assert value.value == pytest.approx(expected)
    assert (value.n, value.seeds, value.resampled, value.resamples) == (40, 3, "architectures", 20)


def test_an_architecture_without_a_seed_is_left_out_of_that_seed_only():
    accuracy = 90 + np.random.default_rng(0).normal(size=(40, 2))
    accuracy[:5, 1] = np.nan
    value = ceiling(accuracy, [TAU], resamples=5)["kendall-tau-b"]
    assert value.value == pytest.approx(TAU(*accuracy[5:].T))
    assert value.n == 35


@pytest.mark.parametrize("accuracy", [np.ones((9, 1)), np.where(np.eye(9, 2, dtype=bool), 90.0, np.nan)])
def test_there_is_no_ceiling_without_two_seeds_of_one_architecture(accuracy):
    assert ceiling(accuracy, [TAU], resamples=5) == {}


def test_an_undefined_ceiling_says_why():
    value = ceiling(90 + np.random.default_rng(0).normal(size=(9, 2)), [METRICS.get("kendall-tau-b/top-10")])
    assert "fewer than 10 architectures" in value["kendall-tau-b/top-10"].reason
