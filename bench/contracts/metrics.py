"""Checks of every metric."""

import inspect

import numpy as np

from bench.contracts import Suite, broken
from bench.scores.diverged import settled
from bench.scores.metrics import Metric
from bench.scores.resampling.counts import bootstrap_counts
from bench.scores.resampling.resamples import Resamples
from bench.types import PerArch

SUITE = Suite("metrics")
ARCHS = 600


@SUITE.check
def it_states_direction_range_and_meaning(metric: Metric) -> None:
    if metric.better not in ("higher", "lower"):
        raise broken(metric.function, f"of metric '{metric.name}': better is {metric.better!r}; allowed: higher, lower")
    if metric.high is not None and not metric.low < metric.high:
        raise broken(metric.function, f"of metric '{metric.name}': low {metric.low} is not below high {metric.high}")
    if not metric.about:
        raise broken(metric.function, f"of metric '{metric.name}' has no docstring; say what it returns")
    try:
        inspect.signature(metric.function).bind(None, None, **metric.settings)
    except TypeError as error:
        raise broken(metric.function, f"of metric '{metric.name}' cannot be called: {error}") from error


@SUITE.check
def it_is_one_number_within_its_range_on_a_noisy_ranking(metric: Metric) -> None:
    value = metric(*ranked())
    highest = ARCHS if metric.high is None else metric.high
    if not metric.low <= value <= highest:
        raise broken(metric.function, f"returned {value} on {ARCHS} architectures, outside {metric.low} to {highest}")


@SUITE.check
def a_perfect_prediction_scores_better_than_a_reversed_one(metric: Metric) -> None:
    truth = 90 + np.arange(ARCHS) / 100
    best, worst = metric(truth, truth), metric(-truth, truth)
    if not (best > worst if metric.better == "higher" else best < worst):
        raise broken(
            metric.function,
            f"gives a perfect prediction {best} and a reversed one {worst}; its `better` is '{metric.better}'",
        )


@SUITE.check
def it_does_not_depend_on_the_order_of_architectures(metric: Metric) -> None:
    prediction, truth = ranked(distinct=20)
    shuffled = np.random.default_rng(1).permutation(ARCHS)
    value, other = metric(prediction, truth), metric(prediction[shuffled], truth[shuffled])
    if not np.isclose(value, other, rtol=0, atol=1e-12, equal_nan=True):
        raise broken(metric.function, f"returned {value}, and {other} for the same architectures in another order")


@SUITE.check
def it_leaves_its_arguments_as_they_are(metric: Metric) -> None:
    prediction, truth = ranked()
    before = prediction.copy(), truth.copy()
    metric(prediction, truth)
    if not (np.array_equal(prediction, before[0]) and np.array_equal(truth, before[1])):
        raise broken(metric.function, "changed the arrays that it was given; work on a copy")


@SUITE.check
def a_constant_prediction_or_truth_and_one_architecture_are_undefined(metric: Metric) -> None:
    prediction, truth = ranked()
    cases = (
        (np.ones(ARCHS), truth),
        (np.full(ARCHS, np.nan), truth),
        (prediction, np.full(ARCHS, 90.0)),
        (np.array([1.0]), np.array([90.0])),
        (np.empty(0), np.empty(0)),
    )
    for case in cases:
        if not np.isnan(metric(*case)):
            raise broken(metric.function, "is defined for a constant prediction or truth; expected NaN")


@SUITE.check
def diverged_predictions_rank_last_and_tie(metric: Metric) -> None:
    prediction, truth = ranked()
    diverged, last = prediction.copy(), prediction.copy()
    diverged[:9] = [np.nan, np.inf, -np.inf] * 3
    last[:9] = np.nextafter(prediction[9:].min(), -np.inf)
    if metric(diverged, truth) != metric(last, truth):
        raise broken(metric.function, "does not rank diverged predictions last and tied")


@SUITE.check
def resamples_give_one_number_each_equal_to_those_computed_one_by_one(metric: Metric) -> None:
    for archs, distinct in ((530, 4), (530, 1000), (40, 12)):
        prediction, truth = ranked(archs=archs, distinct=distinct, seed=3)
        [counts] = bootstrap_counts(archs, 6)
        diverged = np.r_[np.full(5, np.nan), prediction[5:]]
        expected = [metric(np.repeat(settled(diverged), times), np.repeat(truth, times)) for times in counts]
        found = metric.over(Resamples.of(diverged, truth, counts))
        if not np.allclose(found, expected, rtol=1e-9, atol=1e-9, equal_nan=True):
            raise broken(
                metric.resampled or metric.function,
                f"returned {found.tolist()} for six resamples of {archs} architectures; expected {expected}",
            )


def ranked(archs: int = ARCHS, distinct: int = 1000, seed: int = 0) -> tuple[PerArch, PerArch]:
    """Return a prediction and a truth (percent) that are correlated, with ties."""
    rng = np.random.default_rng(seed)
    quality = rng.normal(size=archs)
    prediction = np.round((quality + rng.normal(size=archs)) * distinct / 6) / distinct
    return prediction, np.round(90 + quality, 2)
