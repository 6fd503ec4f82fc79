"""The scores that a finished run stores beside its predictions; intervals are taken when rows are shown."""

from typing import Any

import numpy as np

from bench.population import population
from bench.predict.predictions import Predictions
from bench.scores.diverged import degenerate
from bench.scores.metrics import all_metrics
from bench.spaces import Space
from bench.tables.table import Table

STORED_POPULATIONS = ("all", "connected", "random-1000")


def record_scores(predictions: Predictions, table: Table, space: Space) -> dict[str, Any]:
    """Return population -> n, sha256, degenerate, and score -> metric -> value (six decimals, None if undefined).

    Both scores of a supernet are taken: its accuracy and its negative cross-entropy. `n` architectures are
    scored: those of the population that `table` knows. `sha256` is of the population among all that were
    predicted, and `degenerate` counts its cross-entropies that are NaN or infinite.
    """
    at, known = table.rows(predictions.genes)
    scored: dict[str, Any] = {}
    for name in STORED_POPULATIONS:
        chosen = population(name, space, predictions.genes)
        picked = chosen.selected & known
        truth = table.mean[at[picked]]
        values = {
            "accuracy": predictions.accuracy[picked].astype(np.float64),
            "negative-cross-entropy": predictions.negative_cross_entropy[picked].astype(np.float64),
        }
        scored[name] = {
            "n": len(truth),
            "sha256": chosen.sha256,
            "degenerate": degenerate(values["negative-cross-entropy"]),
            **{score: _rounded(value, truth) for score, value in values.items()},
        }
    return scored


def _rounded(prediction: np.ndarray, truth: np.ndarray) -> dict[str, float | None]:
    values = {metric.name: metric(prediction, truth) for metric in all_metrics()}
    return {name: round(value, 6) if np.isfinite(value) else None for name, value in values.items()}
