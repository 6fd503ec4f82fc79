"""A row's scores over its seeds, with intervals over architectures and seeds."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from bench.errors import ComparisonError
from bench.scores.interval import (
    RESAMPLES,
    Value,
    beside_of,
    canonical_order,
    kept_values,
    over_both,
    over_seeds,
    together,
    why_undefined,
    with_width,
    within_range,
)
from bench.scores.metrics import METRICS, Metric
from bench.scores.once import replicates_once
from bench.scores.score_run import Scored, ScoredRun, groups
from bench.types import Functions, PerArch

MEAN_TREND = "top-n-trend/of-mean-seed"
"""The top-N trend of the predictions averaged over seeds, which is the definition of its source."""


def intervals_over_seeds(
    runs: Sequence[Scored], metrics: Sequence[Metric], *, name: str = "", resamples: int = RESAMPLES
) -> dict[str, Value]:
    """Return the mean of every metric over a row's seeds with one kind of interval, over architectures and seeds.

    All seeds are scored on the same resamples of the architectures. The interval of a single seed is over architectures
    alone, which its `reason` says. Seeds on which a metric is undefined are left out and counted in `reason`. Arrays
    beside the metrics are those of the population. Raises `ComparisonError` if the seeds predicted different
    architectures.
    """
    if any(not np.array_equal(run.truth, runs[0].truth) for run in runs):
        counts = ", ".join(str(len(run.truth)) for run in runs)
        raise ComparisonError(
            f"'{name}': its seeds predicted different architectures (n = {counts}); "
            "score the seeds that predicted the same ones"
        )
    if len(runs) == 1:
        return {name: over_seeds([value]) for name, value in runs[0].intervals(metrics, resamples=resamples).items()}
    found: dict[str, Value] = {}
    for group in groups(metrics):
        truth, functions = runs[0].arrays(group[0])[1], runs[0].functions_of(group[0])
        predictions = [run.arrays(group[0])[0] for run in runs]
        if len(truth) < 2:
            found |= runs[0].intervals(group)
            continue
        found |= kept_values(
            group,
            (truth, *predictions, *together(functions)),
            ("over seeds", resamples),
            partial(_over_seeds, group, predictions, truth, functions, resamples),
        )
    return {metric.name: found[metric.name] for metric in metrics}


def _over_seeds(
    metrics: Sequence[Metric],
    predictions: Sequence[PerArch],
    truth: PerArch,
    functions: Functions | None,
    resamples: int,
) -> dict[str, Value]:
    """Return the mean of metrics of one group over predictions of several seeds."""
    order = canonical_order(truth, *predictions, *beside_of(metrics), functions=functions)
    drawn = [
        replicates_once(metrics, one, truth, order, functions=functions, resamples=resamples) for one in predictions
    ]
    found = {}
    for metric in metrics:
        by_seed = np.array([metric(one, truth) for one in predictions])
        found[metric.name] = _of_seeds(metric, by_seed, np.stack([one[metric.name] for one in drawn]), len(truth))
        if np.isnan(found[metric.name].value):
            reason = why_undefined(metric, predictions[0], truth)
            found[metric.name] = replace(found[metric.name], reason=reason, seeds=len(predictions))
    return found


def trend_of_mean(runs: Sequence[ScoredRun], *, resamples: int = RESAMPLES) -> Value:
    """Return the top-N trend of the predictions averaged over the seeds, with its interval over architectures.

    Source: tau_a of Single-path ranking correlations, which averages A_N over seeds before it takes Kendall's tau of
    the sequence. Averaging every architecture's prediction gives the same A_N.
    """
    trend = METRICS.get("top-n-trend")
    mean = np.mean([run.prediction for run in runs], axis=0)
    value = replace(runs[0], prediction=mean).interval(trend, resamples=resamples)
    return replace(value, seeds=len(runs))


def _of_seeds(metric: Metric, by_seed: np.ndarray, drawn: np.ndarray, n: int) -> Value:
    """Return the mean over the seeds on which the metric is defined."""
    defined = np.isfinite(by_seed)
    if not defined.any():
        return Value(value=np.nan, low=np.nan, high=np.nan, n=n, resampled="seeds and architectures")
    value = within_range(metric, with_width(over_both(by_seed[defined], drawn[defined], n)))
    lost = len(by_seed) - int(np.count_nonzero(defined))
    why = (f"undefined on {lost} of {len(by_seed)} seeds" if lost else "", value.reason)
    return replace(value, reason="; ".join(filter(None, why)))
