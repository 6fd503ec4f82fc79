"""How well the ground truth ranks itself: one training seed against the mean of the others."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from jaxtyping import Bool, Float

from bench.scores.interval import RESAMPLES, Value, kept_values, percentiles, replicates, together
from bench.scores.metrics import Metric
from bench.types import Functions, PerArch

CEILING_ROW = "ceiling (one training seed)"
"""The name of the ceiling's row, which is not a predictor."""


def pairs(
    accuracy: Float[np.ndarray, "arch seed"],
) -> Iterator[tuple[int, Bool[np.ndarray, "arch"], PerArch, PerArch]]:
    """Yield per training seed: the architectures with this and another seed, its accuracies, and the others' mean."""
    accuracy = accuracy.astype(np.float64)
    for seed in range(accuracy.shape[1]):
        others = np.delete(accuracy, seed, axis=1)
        both = np.isfinite(accuracy[:, seed]) & np.isfinite(others).any(axis=1)
        if both.any():
            yield seed, both, accuracy[both, seed], np.nanmean(others[both], axis=1)


def ceiling(
    accuracy: Float[np.ndarray, "arch seed"],
    metrics: Sequence[Metric],
    *,
    functions: Functions | None = None,
    resamples: int = RESAMPLES,
    advance: Callable[[int], object] = lambda resamples: None,
) -> dict[str, Value]:
    """Return every metric of one seed against the mean of the others, averaged over the seeds.

    Accuracies in percent, NaN where a seed is absent. Architectures of one function [arch] are drawn together. Each
    seed is scored on the architectures that have it and another one; `n` is the smallest number of these. Empty if no
    architecture has two seeds. It is a ceiling for a predictor that is as noisy as one training run; the mean over all
    seeds is less noisy than the truth used here, so a better predictor can exceed it.
    """
    found = list(pairs(accuracy))
    if not found:
        return {}
    computed = False

    def compute() -> dict[str, Value]:
        nonlocal computed
        computed = True
        return _ceiling(found, metrics, functions, resamples, advance)

    limits = kept_values(metrics, (accuracy, *together(functions)), ("ceiling", resamples), compute)
    if not computed:
        advance(resamples * len(found))
    return limits


def _ceiling(
    found: Sequence[tuple[int, np.ndarray, np.ndarray, np.ndarray]],
    metrics: Sequence[Metric],
    functions: Functions | None,
    resamples: int,
    advance: Callable[[int], object],
) -> dict[str, Value]:
    """Return the ceiling from its `pairs`, at least one."""
    drawn = [
        replicates(
            [metric.taken(both) for metric in metrics],
            one,
            rest,
            functions=None if functions is None else functions[both],
            resamples=resamples,
            advance=advance,
        )
        for _, both, one, rest in found
    ]
    ceilings = {}
    for metric in metrics:
        value = float(np.mean([metric.taken(both)(one, rest) for _, both, one, rest in found]))
        low, high, defined = percentiles(np.mean([each[metric.name] for each in drawn], axis=0))
        ceilings[metric.name] = Value(
            value=value,
            low=low,
            high=high,
            n=min(len(rest) for *_, rest in found),
            seeds=len(found),
            resampled="architectures",
            resamples=defined,
            drawn=resamples,
            reason="" if np.isfinite(value) else metric.undefined,
        )
    return ceilings
