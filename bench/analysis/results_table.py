"""Results of stored runs, published and trivial predictors: the numbers of the README and of `run`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bench.analysis.predicted import predicted_by_all
from bench.population import Population
from bench.runs.cost import Cost, cost_of
from bench.runs.plan import PlannedRow
from bench.runs.published import Published
from bench.runs.store import Record
from bench.scores.ceiling import CEILING_ROW
from bench.scores.chance import CLASSES, SupernetAccuracy
from bench.scores.interval import Value
from bench.scores.join import join
from bench.scores.metrics import METRICS, PANEL, Metric
from bench.scores.score_run import ScoredRun, ceiling_on, score_run
from bench.scores.scoreboard import trivial_predictors
from bench.scores.seeds import MEAN_TREND, intervals_over_seeds, trend_of_mean
from bench.scores.size import ADDED, EQUAL_SIZE, GIVEN_SIZE, OF_SIZE_ITSELF, WITH_SIZE, size_metrics, sizes_of
from bench.tables.table import Table
from bench.types import Flags, PerArch

SCORED = (*PANEL, "top-10-minus-top-500", "sparse-kendall-tau/truth-0.1%")
"""The registered metrics of every row; those of size and the trend of the mean seed come with them."""
SCORE_LABELS = {
    "accuracy": "accuracy",
    "negative-cross-entropy": "-cross-entropy",
    "log-probability": "log-probability",
}
"""The scores, as tables write them."""

SIZES = (OF_SIZE_ITSELF, WITH_SIZE, GIVEN_SIZE, EQUAL_SIZE, ADDED)
"""The metrics of size."""

NO_RUN = "no finished run"


@dataclass(frozen=True, kw_only=True)
class ResultRow:
    """One row of the table: the number of seeds done, the panel's scores, the cost.

    `n` is the number of architectures of the population; metrics of the true top use the true best of all predicted
    architectures. `by` is the score, empty for other predictors than supernets. `cost` is None for those, and for a row
    without a run, whose `n` is 0, and so is `accuracy`, that of the supernets on the `n` architectures. `diverged` is
    the largest number of diverged predictions in a seed, `published` the tau printed in the source, only with the row's
    own score. `trivial` is tau-b of every trivial predictor on the `n` architectures, for rows of a masked space, whose
    architectures are not those of the reference rows.
    """

    name: str
    by: str = ""
    seeds: str
    n: int
    scores: dict[str, Value]
    cost: Cost | None = None
    accuracy: SupernetAccuracy | None = None
    diverged: int = 0
    published: float | None = None
    trivial: Mapping[str, Value] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Return the name as tables show it: with the score, unless the name says it."""
        said = not self.by or self.name.endswith((f"by {self.by.removeprefix('-')}", f", {self.by}"))
        return self.name if said else f"{self.name}, by {self.by}"


def result_rows(
    rows: list[PlannedRow], table: Table, population: Population, beside: Sequence[Published] = ()
) -> list[ResultRow]:
    """Return the finished rows by every score that they have, then the reference rows.

    `population` is that of the table's space; a row of a masked space is scored on the population of its own space. A
    row without a finished run is listed once, by its own score, without values.
    """
    found = [supernet_rows(planned, table, population) or [missing_row(planned)] for planned in rows]
    supernets = [row for of_row in each_score_once(rows, found) for row in of_row]
    return supernets + reference_rows(table, population, beside, within=predicted_by_all(rows, table))


def each_score_once(rows: Sequence[PlannedRow], found: Sequence[Sequence[ResultRow]]) -> list[list[ResultRow]]:
    """Return the results `found` of each row without those by a score that another row of the same runs shows.

    Rows may share their runs and differ in the score that they rank by, which their names then say. A row shows its own
    score; of several rows the first also shows the scores that are no row's own.
    """
    own = {(planned.runs[0].hash, SCORE_LABELS[planned.row.score]) for planned in rows}
    kept: list[list[ResultRow]] = []
    seen: set[str] = set()
    for planned, of_row in zip(rows, found, strict=True):
        runs = planned.runs[0].hash
        others = () if runs in seen else [row.by for row in of_row if (runs, row.by) not in own]
        kept.append([row for row in of_row if row.by in (SCORE_LABELS[planned.row.score], *others)])
        seen.add(runs)
    return kept


def reference_rows(
    table: Table,
    population: Population,
    beside: Sequence[Published] = (),
    names: Sequence[str] = SCORED,
    *,
    within: Flags | None = None,
) -> list[ResultRow]:
    """Return the published predictions, the trivial predictors, and the ceiling if the table has several seeds.

    `names` are those of the registered metrics; "top-n-trend" is one of them. `within`, [arch] of the table, restricts
    the architectures to those that supernets predict (see `predicted_by_all`), so that the true top is the same as
    theirs.
    """
    metrics, size = [METRICS.get(name) for name in names], sizes_of(table)
    named = [(f"{other.name} (published)", other.joined(table)) for other in beside]
    named += [(f"{predictor.name} (trivial)", predictor) for predictor in trivial_predictors(table)]
    found = []
    for name, predictions in named:
        scored = score_run(predictions, table, population, within=within)
        panel = scored.intervals([*metrics, *_sized(size, scored)])
        panel[MEAN_TREND] = panel["top-n-trend"]
        found.append(ResultRow(name=name, seeds="-", n=scored.n, scores=panel))
    limit = ceiling_row(table, population, names, within=within)
    return [*found, limit] if limit else found


def ceiling_row(
    table: Table, population: Population, names: Sequence[str] = SCORED, *, within: Flags | None = None
) -> ResultRow | None:
    """Return the ceiling of a table, None if it has one accuracy per architecture; arguments as in `reference_rows`."""
    metrics, size = [METRICS.get(name) for name in names], sizes_of(table)
    members = population.among(table.genes)
    if within is not None:
        members &= within
    sized = size_metrics(None if size is None else size[members])
    limits = ceiling_on(table, population, [*metrics, *sized], within=within)
    if not limits:
        return None
    limits[MEAN_TREND] = limits["top-n-trend"]
    several = next(iter(limits.values())).n  # of several training seeds
    return ResultRow(name=CEILING_ROW, seeds="-", n=several, scores=limits)


def best_trivial(row: ResultRow) -> tuple[str, Value] | None:
    """Return the trivial predictor of highest tau-b on a row's own architectures; None for a row of the whole space."""
    known = {name: value for name, value in row.trivial.items() if not np.isnan(value.value)}
    return max(known.items(), key=lambda item: item[1].value, default=None)


def _trivial(table: Table, own: Population) -> dict[str, Value]:
    """Return tau-b of the trivial predictors on a masked space's own architectures; empty for the whole space."""
    if own.space == table.space:
        return {}
    tau = METRICS.get("kendall-tau-b")
    return {one.name: score_run(one, table, own).interval(tau) for one in trivial_predictors(table)}


def _sized(size: PerArch | None, scored: ScoredRun) -> tuple[Metric, ...]:
    """Return the metrics of size for the architectures of the population."""
    return size_metrics(None if size is None else size[scored.rows][scored.inside])


def supernet_accuracy(records: Sequence[Record], by_accuracy: Sequence[ScoredRun]) -> SupernetAccuracy | None:
    """Return the mean accuracy over a row's population for each seed, whose predictions are accuracies.

    A diverged prediction counts as the lowest one. None if the population is empty.
    """
    if not by_accuracy[0].n:
        return None
    images = records[0].images
    counted = images.get("classes")
    classes = counted if isinstance(counted, int) and counted > 0 else CLASSES.get(str(images["name"]))
    return SupernetAccuracy(
        by_seed=tuple(one.mean for one in by_accuracy),
        images=int(images["held_out"]),
        classes=classes,
    )


def missing_row(planned: PlannedRow) -> ResultRow:
    """Return the result of a row without a stored run: only the tau printed in its source."""
    nothing = Value(value=np.nan, low=np.nan, high=np.nan, n=0, resampled="seeds", reason=NO_RUN)
    return ResultRow(
        name=planned.row.name,
        by=SCORE_LABELS[planned.row.score],
        seeds=f"0 of {len(planned.runs)}",
        n=0,
        scores=dict.fromkeys((*SCORED, MEAN_TREND, *SIZES), nothing),
        published=planned.row.published,
    )


def supernet_rows(
    planned: PlannedRow,
    table: Table,
    population: Population,
    names: Sequence[str] = SCORED,
    by_others: Sequence[str] | None = None,
) -> list[ResultRow]:
    """Return the results of a row's finished runs by every score that they have; empty without one.

    `names` are those of the registered metrics. If `by_others` is given, scores other than the row's own have only
    these metrics, and none of size.
    """
    done = planned.having("done")
    if not done:
        return []
    stored = [run.read() for run in done]
    cost = cost_of([one.record for one in stored])
    own = population.of(done[0].recipe.space)
    by_accuracy = [
        score_run(join(planned.row.name, one.predictions.genes, one.predictions.by("accuracy"), table), table, own)
        for one in stored
    ]
    accuracy = supernet_accuracy([one.record for one in stored], by_accuracy)
    found, size, trivial = [], sizes_of(table), _trivial(table, own)
    diverged = 0
    for score in stored[0].predictions.scores:
        label = SCORE_LABELS[score]
        scored = [
            score_run(join(label, one.predictions.genes, one.predictions.by(score), table), table, own)
            for one in stored
        ]
        diverged = max(diverged, *(one.diverged for one in scored))
        if by_others is None or score == planned.row.score:
            metrics = [*(METRICS.get(name) for name in names), *_sized(size, scored[0])]
            panel = intervals_over_seeds(scored, metrics, name=planned.row.name)
            panel[MEAN_TREND] = trend_of_mean(scored)
        else:
            panel = intervals_over_seeds(scored, [METRICS.get(name) for name in by_others], name=planned.row.name)
        found.append((label, scored[-1].n, panel))
    return [
        ResultRow(
            name=planned.row.name,
            by=label,
            seeds=f"{len(done)} of {len(planned.runs)}",
            n=n,
            scores=panel,
            cost=cost,
            accuracy=accuracy,
            diverged=diverged,
            published=planned.row.published if SCORE_LABELS[planned.row.score] == label else None,
            trivial=trivial,
        )
        for label, n, panel in found
    ]
