"""Every metric on 1,000 bootstrap resamples: vectorized over resamples, against SciPy on each resample."""

import time
from itertools import pairwise

import numpy as np
import typer
from threadpoolctl import threadpool_limits

from bench.rng import stream
from bench.scores.interval import RESAMPLES, canonical_order, replicates
from bench.scores.metrics import all_metrics
from bench.scores.resampling.counts import bootstrap_counts
from bench.types import PerArch
from benchmarks.report import AsJson, Quick, peak_megabytes, report, start

CELLS = 15_625
GROWTH = (CELLS // 16, CELLS // 4, CELLS, 50_000)
TIMED = 5
"""Resamples that the plain way computes; its time is scaled to all resamples."""
EQUAL = 1e-9


def main(as_json: AsJson = False, quick: Quick = False) -> None:
    """Print CPU seconds of both ways, their ratio, the largest difference and the growth with the architectures."""
    growth, resamples = (GROWTH[:2], 20) if quick else (GROWTH, RESAMPLES)
    with threadpool_limits(1):
        compared(growth[0], resamples=1)  # SciPy is imported on first use
        rows = {archs: compared(archs, resamples) for archs in growth}
    metrics = len(all_metrics())
    notes = [
        f"{metrics} metrics, {resamples:,} resamples, CPU seconds of one core; growth: relative to the smaller row",
        f"plain: each metric on each resampled array, {TIMED} resamples timed and scaled to {resamples:,}",
        "difference: the largest between the two ways on the timed resamples, in the metric's own unit",
        "peak MB: of the process so far, including Python",
    ]
    for smaller, larger in pairwise(growth):
        rows[larger]["growth"] = rows[larger]["fast"] / rows[smaller]["fast"]
    headline = rows.pop(growth[-1] if quick else CELLS)
    report("scores", [headline, *rows.values()], as_json, notes)
    if any(row["difference"] > EQUAL for row in [headline, *rows.values()]):
        raise typer.Exit(1)


def compared(archs: int, resamples: int) -> dict[str, float]:
    """Return the times of both ways, and the largest difference of any metric on the timed resamples."""
    prediction, truth = noisy_ranking(archs)
    metrics = all_metrics()
    begun = time.process_time()
    fast = replicates(metrics, prediction, truth, resamples=resamples)
    fast_seconds, peak = time.process_time() - begun, peak_megabytes()

    order = canonical_order(truth, prediction)  # replicates draws positions in this order
    [counts] = bootstrap_counts(archs, TIMED)
    begun = time.process_time()
    plain = [
        [metric(np.repeat(prediction[order], times), np.repeat(truth[order], times)) for times in counts]
        for metric in metrics
    ]
    plain_seconds = (time.process_time() - begun) * resamples / TIMED
    return {
        "archs": archs,
        "plain": plain_seconds,
        "fast": fast_seconds,
        "ratio": plain_seconds / fast_seconds,
        "difference": float(np.nanmax(np.abs([fast[metric.name][:TIMED] for metric in metrics] - np.array(plain)))),
        "peak_mb": peak,
    }


def noisy_ranking(archs: int) -> tuple[PerArch, PerArch]:
    """Return a prediction and a truth in percent, with tau .5 and about as many ties as published ones."""
    rng = stream(0, "benchmarks/score")
    quality = rng.normal(size=archs)
    prediction = np.round(-1.5 + 0.2 * (quality + rng.normal(size=archs)), 4)
    return prediction, np.round(94.4 - 0.4 * (quality.max() - quality) ** 2.3, 2)


if __name__ == "__main__":
    start(main)
