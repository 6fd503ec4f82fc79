"""What predictions of one population share is computed once, and is the same as computed alone."""

from dataclasses import replace

import numpy as np
import pytest

from bench.scores.interval import canonical_order
from bench.scores.metrics import METRICS
from bench.scores.resampling.counts import drawn_counts
from bench.scores.resampling.resamples import Resamples
from bench.scores.size import size_metrics

NAMES = (
    *("kendall-tau-b", "kendall-tau-b/top-50", "spearman", "precision-at-top/5%", "top-n-trend", "regret"),
    *("top-10-minus-top-500", "sparse-kendall-tau/truth-0.1%", "surpass-random-search/n-10"),
)


@pytest.fixture(scope="module")
def population():
    rng = np.random.default_rng(0)
    truth = np.round(90 + rng.normal(size=520), 1)
    predictions = [np.round(truth + rng.normal(size=520), 1), truth + 2 * rng.normal(size=520), -truth]
    size = np.round(3 * truth + rng.normal(size=520))
    order = canonical_order(truth, *predictions, size)
    return truth[order], [prediction[order] for prediction in predictions], size[order]


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("metric", [*map(METRICS.get, NAMES), *size_metrics(np.zeros(1))], ids=lambda one: one.name)
def test_a_metric_is_the_same_on_counts_that_are_kept_and_on_ones_that_are_not(population, metric):
    truth, predictions, size = population
    metric = replace(metric, beside={"size": size} if metric.beside else {})
    [kept] = drawn_counts(len(truth), 30)
    alone = kept.copy()
    assert not kept.flags.writeable
    assert alone.flags.writeable
    for prediction in (*predictions, predictions[0]):
        np.testing.assert_array_equal(
            metric.over(Resamples(prediction, truth, kept)), metric.over(Resamples(prediction, truth, alone))
        )


def test_counts_that_change_are_never_answered_from_what_was_kept(population):
    truth, [prediction, *_], _ = population
    [kept] = drawn_counts(len(truth), 5)
    counts, tau = kept.copy(), METRICS.get("kendall-tau-b")
    before = tau.over(Resamples(prediction, truth, counts))
    counts[:100] = 0
    after = tau.over(Resamples(prediction, truth, counts))
    np.testing.assert_array_equal(after, tau.over(Resamples(prediction[100:], truth[100:], counts[100:])))
    assert (before != after).any()


def test_the_truth_of_one_population_is_ranked_once(population):
    truth, predictions, _ = population
    [kept] = drawn_counts(len(truth), 5)
    first, second = (Resamples(prediction, truth, kept) for prediction in predictions[:2])
    assert first.by_truth is second.by_truth
    assert first.true_top(50) is second.true_top(50)
    assert first.by_prediction is not Resamples(predictions[0], truth, kept).by_prediction
