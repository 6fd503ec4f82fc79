"""Stored runs and trivial predictors side by side: the numbers of the README and of `run`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.population import population, scored_on
from bench.runs.cost import Cost, cost_of
from bench.runs.plan import PlannedRow
from bench.runs.published import Published
from bench.runs.store import read_predictions, read_record
from bench.scores.ceiling import CEILING_ROW, ceiling
from bench.scores.interval import Value, bootstrap, of_one_seed, over_seeds, within_range
from bench.scores.join import join
from bench.scores.metrics import METRICS, PANEL
from bench.scores.scoreboard import trivial_predictors
from bench.tables.table import Table
from bench.types import Flags, PerArch

SCORED = (*PANEL, "sparse-kendall-tau/truth-0.1%")
"""The metrics of every row."""
SPELLED = {"accuracy": "accuracy", "negative-cross-entropy": "-cross-entropy"}
"""A row's score as tables spell it."""
RESAMPLES = 200
"""Bootstrap draws for a row that has no second seed; a row with several takes its interval over the seeds."""

FEW = "fewer than two of these architectures are predicted"
NO_RUN = "no finished run"


@dataclass(frozen=True, kw_only=True)
class ResultRow:
    """One row of the table: how many of the wanted seeds are done, the panel's scores, the cost.

    `n` counts the architectures of the population; metrics of the true top take the best of all that is predicted.
    `by` is the score that ranks, empty for a trivial predictor. `cost` is None for one, and for a row without a run,
    whose `n` is 0. `diverged` is the largest count of NaN predictions in a seed, `published` the tau that the source
    prints, on the line of the row's own score.
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
    """Return the finished rows by accuracy and by negative cross-entropy, then the reference rows.

    A row without a finished run stands in its place, by what it ranks by alone, without scores.
    """
    supernets = [
        row for planned in rows for row in supernet_rows(planned, table, population_name) or [missing_row(planned)]
    ]
    return supernets + reference_rows(table, population_name, beside)


def reference_rows(table: Table, population_name: str, beside: Sequence[Published] = ()) -> list[ResultRow]:
    """Return what others published, the trivial predictors, and the ceiling where the table has several seeds."""
    found = []
    chosen = population(population_name, table.space, table.genes).selected
    everything = np.ones(len(table.genes), dtype=bool)
    metrics = [METRICS.get(name) for name in SCORED]

    def scores(prediction: PerArch, known: Flags) -> dict[str, Value]:
        values = {}
        for metric in metrics:
            on = scored_on(metric, chosen & known, known, table.mean)
            values[metric.name] = (
                bootstrap(metric, prediction[on], table.mean[on], resamples=RESAMPLES)
                if on.sum() > 1
                else Value(
                    value=np.nan, low=np.nan, high=np.nan, n=int(on.sum()), resampled="architectures", reason=FEW
                )
            )
        return values

    for other in beside:
        joined = join(other.name, other.predictions.genes, other.predictions.accuracy.astype(np.float64), table)
        n = int((chosen & joined.present).sum())
        panel = scores(joined.prediction, joined.present)
        found.append(ResultRow(name=f"{other.name} (published)", seeds="-", n=n, scores=panel))
    for predictor in trivial_predictors(table):
        panel = scores(predictor.prediction, everything)
        found.append(ResultRow(name=f"{predictor.name} (trivial)", seeds="-", n=int(chosen.sum()), scores=panel))
    limits: dict[str, Value] = {}
    for of_top in (False, True):
        asked = [metric for metric in metrics if metric.of_true_top == of_top]
        on = scored_on(asked[0], chosen, everything, table.mean)
        limits |= ceiling(table.accuracy[on], asked, resamples=RESAMPLES)
    if limits:
        found.append(ResultRow(name=CEILING_ROW, seeds="-", n=int(chosen.sum()), scores=limits))
    return found


def missing_row(planned: PlannedRow) -> ResultRow:
    """Return the line of a row of which nothing is stored: what its source prints, and no score."""
    nothing = Value(value=np.nan, low=np.nan, high=np.nan, n=0, resampled="seeds", reason=NO_RUN)
    return ResultRow(
        name=planned.row.name,
        by=SPELLED[planned.row.score],
        seeds=f"0 of {len(planned.runs)}",
        n=0,
        scores=dict.fromkeys(SCORED, nothing),
        published=planned.row.published,
    )


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
            known = run.recipe.space.contains(table.genes) & joined.present
            chosen = population(population_name, run.recipe.space, table.genes).selected & joined.present
            diverged = max(diverged, int((~np.isfinite(joined.prediction[chosen])).sum()))
            n = int(chosen.sum())
            for name in SCORED:
                metric = METRICS.get(name)
                on = scored_on(metric, chosen, known, table.mean)
                prediction, truth = joined.prediction[on], table.mean[on]
                value = (
                    bootstrap(metric, prediction, truth, resamples=RESAMPLES)
                    if len(done) == 1
                    else of_one_seed(metric(prediction, truth), len(truth))
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
