import numpy as np
import pytest
from scipy.stats import t

from bench.few_truths.worth import mean_over_draws, worth
from bench.rng import stream

COUNTS = (20, 40, 80, 160)


def noisy(means, draws=20, spread=0.01):
    """Return scores of some means, [row, draw], with noise."""
    return np.array(means)[:, None] + spread * stream(0, "tests/worth").normal(size=(len(means), draws))


def test_the_mean_of_one_seed_has_the_interval_of_its_draws():
    scores = noisy([0.6])
    found = mean_over_draws(scores, 100)
    assert found.value == scores.mean()
    error = scores.std(ddof=1) / 20**0.5
    np.testing.assert_allclose(found.high - found.low, 2 * 1.96 * error, rtol=0.1)


def test_seeds_that_differ_widen_the_interval_by_students_t():
    scores = np.array([[0.5], [0.6], [0.7]]) + np.zeros((3, 20))
    found = mean_over_draws(scores, 100)
    half = t.ppf(0.975, 2) * np.std([0.5, 0.6, 0.7], ddof=1) / 3**0.5
    np.testing.assert_allclose([found.low, found.high], [0.6 - half, 0.6 + half])


@pytest.mark.parametrize(("tau", "truths"), [(0.5, 20), (0.65, 40 * 2**0.5), (0.8, 160), (0.49, 0), (0.81, np.inf)])
def test_a_supernet_is_worth_the_truths_that_reach_its_tau(tau, truths):
    alone = np.array([[0.5], [0.6], [0.7], [0.8]]) + np.zeros((4, 5))
    at, _, _ = worth(np.full((2, 5), tau), alone, COUNTS, 100)
    np.testing.assert_allclose(at, truths, rtol=1e-6)


def test_what_ranks_as_well_as_without_is_worth_its_own_truths():
    alone = noisy([0.5, 0.6, 0.7, 0.8])
    assert worth(alone[1:2], alone, COUNTS, 100)[0] == 40


def test_the_interval_holds_what_is_not_told_apart():
    alone = noisy([0.5, 0.6, 0.7, 0.8])
    seeds = np.array([[0.649], [0.65], [0.651]]) + np.zeros((3, 20))
    at, low, high = worth(seeds, alone, COUNTS, 100)
    assert 40 < low < at < high
    for count, bound in ((low, "low"), (high, "high")):
        share = np.log2(count / COUNTS[0])
        within = [mean_over_draws(seeds - one, 100) for one in alone]
        place = min(int(share), 2)
        before, after = (getattr(within[index], bound) for index in (place, place + 1))
        np.testing.assert_allclose(before + (share - place) * (after - before), 0, atol=1e-9)


def test_seeds_that_differ_much_leave_the_worth_open():
    alone = noisy([0.5, 0.6, 0.7, 0.8])
    _, low, high = worth(np.array([[0.55], [0.75]]) + np.zeros((2, 20)), alone, COUNTS, 100)
    assert (low, high) == (0, np.inf)
