"""What a tau is made of: size, checked against all pairs one by one."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import kendalltau, rankdata

from bench.scores.ceiling import ceiling
from bench.scores.interval import bootstraps, replicates
from bench.scores.metrics.kendall_tau import tau_b_resampled
from bench.scores.resampling.concordance import weighted_sum
from bench.scores.resampling.counts import bootstrap_counts
from bench.scores.resampling.resamples import Resamples
from bench.scores.size import ADDED, EQUAL_SIZE, GIVEN_SIZE, OF_SIZE_ITSELF, WITH_SIZE, size_metrics, sizes_of
from bench.spaces.macro import Macro

coarse = arrays(float, (3, 12), elements=st.integers(0, 4).map(float))


def measured(prediction, truth, size):
    return {metric.name: metric(prediction, truth) for metric in size_metrics(size)}


def over_pairs(prediction, truth, size):
    """Return the tau among equal sizes by its definition, pair by pair."""
    signs = [
        (np.sign(prediction[i] - prediction[j]), np.sign(truth[i] - truth[j]))
        for i, j in combinations(range(len(size)), 2)
        if size[i] == size[j]
    ]
    net = sum(p * g for p, g in signs)
    untied = sum(p != 0 for p, _ in signs) * sum(g != 0 for _, g in signs)
    return net / untied**0.5 if untied else np.nan


@pytest.mark.slow
@settings(max_examples=25)
@given(values=coarse)
def test_the_tau_among_equal_sizes_is_that_of_all_their_pairs(values):
    prediction, truth, size = values
    if np.ptp(prediction) and np.ptp(truth):
        expected = over_pairs(prediction, truth, size)
        np.testing.assert_allclose(measured(*values)[EQUAL_SIZE], expected, atol=1e-6)


@pytest.mark.slow
@settings(max_examples=15)
@given(values=coarse)
def test_the_partial_tau_is_made_of_three_taus_of_scipy(values):
    prediction, truth, size = values
    if all(np.ptp(row) for row in values):
        pg, ps, gs = (kendalltau(*pair).statistic for pair in ((prediction, truth), (prediction, size), (truth, size)))
        left = (1 - ps**2) * (1 - gs**2)
        expected = (pg - ps * gs) / left**0.5 if left > 1e-12 else np.nan
        np.testing.assert_allclose(measured(*values)[GIVEN_SIZE], expected, atol=1e-9)
        np.testing.assert_allclose(measured(*values)[WITH_SIZE], ps, atol=1e-12)
        np.testing.assert_allclose(measured(*values)[OF_SIZE_ITSELF], gs, atol=1e-12)


def test_a_prediction_that_is_the_size_knows_nothing_else():
    rng = np.random.default_rng(0)
    size = rng.integers(0, 9, 80).astype(float)
    found = measured(size, 90 + size + rng.normal(size=80), size)
    assert found[WITH_SIZE] == pytest.approx(1)
    assert np.isnan(found[GIVEN_SIZE])
    assert np.isnan(found[EQUAL_SIZE])


def test_what_a_prediction_adds_to_size_is_told_by_the_mean_of_both_ranks():
    rng = np.random.default_rng(5)
    quality = rng.normal(size=200)
    truth, size = 90 + quality, (quality + rng.normal(size=200)).round(1)
    prediction = (quality + rng.normal(size=200)).round(1)  # as noisy as size, by other noise
    alone = kendalltau(size, truth).statistic
    both = kendalltau(rankdata(prediction) + rankdata(size), truth).statistic
    found = measured(prediction, truth, size)[ADDED]
    assert found == pytest.approx(both - alone)
    assert found > 0.05
    assert measured(1000 * prediction, truth, size / 7)[ADDED] == pytest.approx(found)  # ranks have no unit
    assert measured(size, truth, size)[ADDED] == 0
    assert measured(rng.normal(size=200), truth, size)[ADDED] < -0.05  # noise of equal weight takes away
    assert np.isnan(measured(np.zeros(200), truth, size)[ADDED])
    assert np.isnan(measured(-size, truth, size)[ADDED])


def test_the_metrics_of_size_give_on_resamples_what_they_give_one_by_one():
    rng = np.random.default_rng(1)
    prediction, truth, size = rng.integers(0, 30, 90) / 2, 90 + rng.normal(size=90).round(1), rng.integers(0, 7, 90) / 2
    [counts] = bootstrap_counts(90, 5)
    for metric in size_metrics(size):
        found = metric.over(Resamples.of(prediction, truth, counts))
        if metric.name == ADDED:  # its ranks are those among all architectures, whatever is drawn
            continue
        expected = [
            metric.taken(np.repeat(np.arange(90), times))(np.repeat(prediction, times), np.repeat(truth, times))
            for times in counts
        ]
        np.testing.assert_allclose(found, expected, atol=1e-6, err_msg=metric.name)


def test_the_resampled_metrics_of_size_are_those_of_each_group_and_each_pair_of_rankings_alone():
    rng = np.random.default_rng(6)
    quality = rng.normal(size=300)
    prediction, truth = (quality + rng.normal(size=300)).round(1), (90 + quality).round(1)
    size = rng.integers(0, 40, 300) / 2
    [counts] = bootstrap_counts(300, 20)
    whole = Resamples.of(prediction, truth, counts)
    of_prediction = tau_b_resampled(Resamples.of(prediction, size, counts))
    of_truth = tau_b_resampled(Resamples.of(truth, size, counts))
    parts = [Resamples.of(prediction[at], truth[at], counts[:, at]) for at in (size == one for one in np.unique(size))]
    net = sum(weighted_sum(one.drawn, one.net) for one in parts)
    by_prediction, by_truth = (
        sum(getattr(one, side).untied_pairs for one in parts) for side in ("by_prediction", "by_truth")
    )
    expected = {
        OF_SIZE_ITSELF: tau_b_resampled(Resamples.of(size, truth, counts)),
        WITH_SIZE: of_prediction,
        GIVEN_SIZE: (tau_b_resampled(Resamples.of(prediction, truth, counts)) - of_prediction * of_truth)
        / np.sqrt((1 - of_prediction**2) * (1 - of_truth**2)),
        EQUAL_SIZE: net / np.sqrt(by_prediction) / np.sqrt(by_truth),
        ADDED: tau_b_resampled(Resamples.of(rankdata(prediction) + rankdata(size), truth, counts))
        - tau_b_resampled(Resamples.of(size, truth, counts)),
    }
    for metric in size_metrics(size):
        np.testing.assert_array_equal(metric.over(whole), expected[metric.name], err_msg=metric.name)


def test_a_size_keeps_to_its_architecture_when_the_rows_are_shuffled():
    rng = np.random.default_rng(2)
    prediction, truth, size = rng.normal(size=(3, 50)).round(1)
    order = rng.permutation(50)
    one = replicates(size_metrics(size), prediction, truth, resamples=4)
    other = replicates(size_metrics(size[order]), prediction[order], truth[order], resamples=4)
    for name in one:
        np.testing.assert_allclose(one[name], other[name], atol=1e-6, err_msg=name)


def test_the_ceiling_takes_the_sizes_of_the_architectures_with_two_seeds():
    rng = np.random.default_rng(3)
    accuracy, size = 90 + rng.normal(size=(40, 2)), rng.integers(0, 4, 40).astype(float)
    lacking = np.r_[accuracy, [[91.0, np.nan]]]
    whole, fewer = ceiling(accuracy, size_metrics(size)), ceiling(lacking, size_metrics(np.r_[size, 9.0]))
    assert {name: one.value for name, one in whole.items()} == {name: one.value for name, one in fewer.items()}


def test_every_metric_of_size_has_an_interval():
    rng = np.random.default_rng(4)
    quality = rng.normal(size=60)
    size = quality.round()
    found = bootstraps(size_metrics(size), quality + rng.normal(size=60), 90 + quality, resamples=50)
    assert len(found) == 5
    assert all(one.low < one.value < one.high for one in found.values())


def test_the_space_says_which_cost_is_its_size(nb201_cifar10, macro):
    assert np.array_equal(sizes_of(nb201_cifar10), nb201_cifar10.space.costs(nb201_cifar10.genes)["live-params"])
    assert np.array_equal(sizes_of(macro), macro.costs["params"])


def test_without_a_known_size_there_is_no_metric_of_it(macro, monkeypatch):
    monkeypatch.setattr(Macro, "size_cost", "unknown")
    assert sizes_of(macro) is None
    assert size_metrics(None) == ()
