"""A score is computed once for the same metric and numbers, and is the one that is computed alone."""

from dataclasses import replace

import numpy as np
import pytest

from bench.scores import once
from bench.scores.interval import bootstraps
from bench.scores.metrics import METRICS
from bench.scores.metrics.kendall_tau import tau_b
from bench.scores.once import intervals_once, value_once

TRUTH = np.arange(20.0)
ONE, OTHER = np.random.default_rng(0).normal(size=(2, 20))
TAU, SPEARMAN = METRICS.get("kendall-tau-b"), METRICS.get("spearman")


@pytest.fixture
def counted():
    calls = []

    def function(prediction, truth):
        calls.append(1)
        return tau_b(prediction, truth)

    return replace(TAU, name="counted", function=function, resampled=None), calls


def test_scores_and_intervals_are_those_computed_alone():
    for prediction in (ONE, OTHER, ONE):
        assert value_once(TAU, prediction, TRUTH) == TAU(prediction, TRUTH)
        assert value_once(TAU, prediction, TRUTH[::-1]) == TAU(prediction, TRUTH[::-1])
        assert value_once(SPEARMAN, prediction, TRUTH) == SPEARMAN(prediction, TRUTH)
        for resamples in (5, 9):
            found = intervals_once([SPEARMAN, TAU], prediction, TRUTH, resamples=resamples)
            assert found == bootstraps([SPEARMAN, TAU], prediction, TRUTH, resamples=resamples)


def test_the_same_numbers_are_scored_once(counted):
    metric, calls = counted
    for prediction in (ONE, ONE.copy(), ONE):
        value_once(metric, prediction, TRUTH)
    assert len(calls) == 1
    for _ in range(2):
        intervals_once([metric], ONE, TRUTH, resamples=3)
    assert len(calls) == 1 + 1 + 3


def test_metrics_that_are_not_kept_are_added(counted):
    metric, calls = counted
    intervals_once([metric], ONE, TRUTH, resamples=3)
    found = intervals_once([TAU, metric], ONE, TRUTH, resamples=3)
    assert len(calls) == 1 + 3
    assert list(found) == [TAU.name, metric.name]
    assert found[TAU.name] == bootstraps([TAU], ONE, TRUTH, resamples=3)[TAU.name]


def test_what_was_asked_least_recently_is_dropped(counted, monkeypatch):
    metric, calls = counted
    monkeypatch.setattr(once, "KEPT", 1)
    for prediction in (ONE, OTHER, ONE):
        value_once(metric, prediction, TRUTH)
    assert len(calls) == 3
