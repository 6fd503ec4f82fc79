from itertools import combinations

import numpy as np
import pytest

from bench.scores.metrics import METRICS
from bench.scores.metrics.predicted_top import best_rank, expected_minimum, precision, worst_rank

PREDICTION = np.array([1.0, 2.0, 3.0, 4.0])
TRUTH = np.array([90.0, 91.0, 93.0, 92.0])
TIED = np.array([1.0, 2.0, 2.0, 2.0])


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


def test_theexpected_minimum_is_the_mean_over_all_choices():
    contenders = [1.0, 4.0, 4.0, 7.0, 9.0]
    choices = [min(5.0, *chosen) for chosen in combinations(contenders, 2)]
    assert expected_minimum(5.0, np.array(contenders), 2) == pytest.approx(np.mean(choices))
