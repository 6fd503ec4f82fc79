"""Stored runs and trivial predictors side by side: the numbers of the README and of `run`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.cost import Cost, cost_of
from bench.plan import PlannedRow
from bench.published import Published
from bench.scores import METRICS, PANEL
from bench.scores.ceiling import CEILING_ROW, ceiling
from bench.scores.interval import Value, bootstrap, of_one_seed, over_seeds, within_range
from bench.scores.join import join
from bench.scores.population import population
from bench.scores.scoreboard import trivial_predictors
from bench.store import read_predictions, read_record
from bench.tables.table import Table

SCORED = (*PANEL, "sparse-kendall-tau/truth-0.1%")
"""The metrics of every row."""
SPELLED = {"accuracy": "accuracy", "negative-cross-entropy": "-cross-entropy"}
"""A row's score as tables spell it."""
RESAMPLES = 200
"""Bootstrap draws for a row that has no second seed; a row with several takes its interval over the seeds."""

FEW = "fewer than two of these architectures are predicted"


@dataclass(frozen=True, kw_only=True)
class ResultRow:
    """One row of the table: how many of the wanted seeds are done, the panel's scores, the cost.

    `by` is the score that ranks, empty for a trivial predictor. `cost` is None for one, `diverged` the largest
    count of NaN predictions in a seed. `published` is the tau that the source prints, on the line of its score.
    """

    name: str
    by: str = ""
    seeds: str
    n: int
    scores: dict[str, Value]
    cost: Cost | None = None
    diverged: int = 0
    published: float | None = None

    @property
    def label(self) -> str:
        """Return the name as tables show it."""
        return f"{self.name}, by {self.by}" if self.by else self.name


def result_rows(
    rows: list[PlannedRow], table: Table, population_name: str, beside: Sequence[Published] = ()
) -> list[ResultRow]:
    """Return the finished rows by accuracy and by negative cross-entropy, then the reference rows."""
    supernets = [row for planned in rows for row in supernet_rows(planned, table, population_name)]
    return supernets + reference_rows(table, population_name, beside)


def reference_rows(table: Table, population_name: str, beside: Sequence[Published] = ()) -> list[ResultRow]:
    """Return what others published, the trivial predictors, and the ceiling where the table has several seeds."""
    found = []
    chosen = population(population_name, table.space, table.genes).selected
    truth = table.mean[chosen]
    for other in beside:
        joined = join(other.name, other.predictions.genes, other.predictions.accuracy.astype(np.float64), table)
        both = chosen & joined.present
        prediction, known = joined.prediction[both], table.mean[both]
        few = Value(value=np.nan, low=np.nan, high=np.nan, n=len(known), resampled="architectures", reason=FEW)
        scores = {
            name: bootstrap(METRICS.get(name), prediction, known, resamples=RESAMPLES) if len(known) > 1 else few
            for name in SCORED
        }
        found.append(ResultRow(name=f"{other.name} (published)", seeds="-", n=len(known), scores=scores))
    for predictor in trivial_predictors(table):
        prediction = predictor.prediction[chosen]
        scores = {name: bootstrap(METRICS.get(name), prediction, truth, resamples=RESAMPLES) for name in SCORED}
        found.append(ResultRow(name=f"{predictor.name} (trivial)", seeds="-", n=len(truth), scores=scores))
    limits = ceiling(table.accuracy[chosen], [METRICS.get(name) for name in SCORED], resamples=RESAMPLES)
    if limits:
        found.append(ResultRow(name=CEILING_ROW, seeds="-", n=len(truth), scores=limits))
    return found


def supernet_rows(planned: PlannedRow, table: Table, population_name: str) -> list[ResultRow]:
    """Return a row by accuracy and by negative cross-entropy, from its finished runs; nothing without one."""
    done = [run for run in planned.runs if run.status == "done"]
    cost = cost_of([read_record(run.record_path) for run in done]) if done else None
    by_score: dict[str, dict[str, list[Value]]] = {}
    diverged, n = 0, 0
    for run in done:
        stored = read_predictions(run.folder / "predictions.h5")
        for score, values in (("accuracy", stored.accuracy), ("-cross-entropy", stored.negative_cross_entropy)):
            joined = join(score, stored.genes, values.astype(np.float64), table)
            chosen = population(population_name, run.recipe.space, table.genes).selected & joined.present
            prediction, truth = joined.prediction[chosen], table.mean[chosen]
            diverged, n = max(diverged, int((~np.isfinite(prediction)).sum())), len(truth)
            for name in SCORED:
                value = (
                    bootstrap(METRICS.get(name), prediction, truth, resamples=RESAMPLES)
                    if len(done) == 1
                    else of_one_seed(METRICS.get(name)(prediction, truth), len(truth))
                )
                by_score.setdefault(score, {}).setdefault(name, []).append(value)
    return [
        ResultRow(
            name=planned.row.name,
            by=score,
            seeds=f"{len(done)} of {len(planned.runs)}",
            n=n,
            scores={name: within_range(METRICS.get(name), over_seeds(values)) for name, values in panel.items()},
            cost=cost,
            diverged=diverged,
            published=planned.row.published if SPELLED[planned.row.score] == score else None,
        )
        for score, panel in by_score.items()
    ]
