"""The numbers that are reported: on the half of the architectures that is kept for confirmation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bench.analysis.predicted import predicted_by_all
from bench.analysis.results_table import SCORE_LABELS
from bench.population import Population
from bench.runs.plan import PlannedRow
from bench.scores.ceiling import CEILING_ROW
from bench.scores.interval import Value
from bench.scores.join import join
from bench.scores.metrics import METRICS, Metric
from bench.scores.score_run import ScoredRun, ceiling_on, score_run
from bench.scores.scoreboard import trivial_predictors
from bench.scores.seeds import intervals_over_seeds
from bench.scores.size import ADDED, EQUAL_SIZE, WITH_SIZE, size_metrics, sizes_of
from bench.tables.table import Table
from bench.truth import Truth
from bench.types import Flags

TAU = "kendall-tau-b"
CONFIRMED = (TAU, "precision-at-top/5%", WITH_SIZE, EQUAL_SIZE, ADDED)
"""The metrics of the table; those of size are missing where sizes are not known."""
ABOUT_HALVES = (
    "Population `confirmation`: half of the connected architectures, by a digest of the function they compute. The "
    "recipes stored so far were designed on all architectures of the first truth, the halves among them. "
    "Held-out images have no halves: a stored prediction is a mean over all of them"
)
"""What the numbers confirm and what they do not, in words."""


@dataclass(frozen=True, kw_only=True)
class ConfirmedRow:
    """A row on the `n` architectures for confirmation: `scores` by metric, tau-b against `others`, further truths.

    `seeds` is "3 of 3" for supernets, "-" for other predictors.
    """

    label: str
    seeds: str
    n: int
    scores: dict[str, Value]
    others: dict[Truth, Value]


def confirmed_rows(
    rows: Sequence[PlannedRow], table: Table, others: Sequence[Table], seeded: Table | None = None
) -> list[ConfirmedRow]:
    """Return the finished rows of the whole space by every score, the trivial predictors, and the ceiling.

    `others` are truths of the same architectures on other images. The ceiling is that of `seeded`, a release of the
    truth with training seeds, or of the table itself; without seeds there is none. Trivial predictors and ceiling are
    those of the architectures that all supernets predict.
    """
    found = []
    predicted = {truth.name: predicted_by_all(rows, truth) for truth in (table, *others, *([seeded] if seeded else []))}
    for planned in rows:
        done = planned.having("done")
        if not done or done[0].recipe.space != table.space:
            continue
        stored = [run.read().predictions for run in done]
        for score in stored[0].scores:
            label = f"{planned.row.name}, by {SCORE_LABELS[score]}"
            by_table = [
                [score_run(join(label, one.genes, one.by(score), truth), truth, _half(truth)) for one in stored]
                for truth in (table, *others)
            ]
            found.append(_row(label, f"{len(done)} of {len(planned.runs)}", by_table, table, others))
    for predictor in trivial_predictors(table):
        by_table = []
        for truth in (table, *others):
            same = next(one for one in trivial_predictors(truth) if one.name == predictor.name)
            by_table.append([score_run(same, truth, _half(truth), within=predicted[truth.name])])
        found.append(_row(f"{predictor.name} (trivial)", "-", by_table, table, others))
    if limit := _ceiling(seeded or table, others, predicted):
        found.append(limit)
    return found


@lru_cache(maxsize=16)
def _half(table: Table) -> Population:
    return Population("confirmation", table.space, table.genes)


def _row(
    label: str, seeds: str, by_table: Sequence[Sequence[ScoredRun]], table: Table, others: Sequence[Table]
) -> ConfirmedRow:
    runs, *beside = by_table
    size, tau = sizes_of(table), METRICS.get(TAU)
    own = size_metrics(None if size is None else size[runs[0].rows][runs[0].inside])
    metrics = [METRICS.get(name) for name in CONFIRMED[:2]] + [one for one in own if one.name in CONFIRMED]
    return ConfirmedRow(
        label=label,
        seeds=seeds,
        n=runs[0].n,
        scores=intervals_over_seeds(runs, metrics, name=label),
        others={
            truth.truth: intervals_over_seeds(against, [tau], name=label)[TAU]
            for truth, against in zip(others, beside, strict=True)
        },
    )


def _ceiling(table: Table, others: Sequence[Table], predicted: Mapping[str, Flags]) -> ConfirmedRow | None:
    """Return the ceilings of the truths that have training seeds; None if the first has none.

    `predicted` holds, by name, the architectures of each truth that all supernets predict.
    """
    metrics = [METRICS.get(name) for name in CONFIRMED[:2]]

    def limits_of(truth: Table, metrics: Sequence[Metric]) -> dict[str, Value]:
        return ceiling_on(truth, _half(truth), metrics, within=predicted[truth.name])

    limits = limits_of(table, metrics)
    if not limits:
        return None
    beside = {other.truth: limits_of(other, metrics[:1]).get(TAU) for other in others}
    return ConfirmedRow(
        label=CEILING_ROW,
        seeds="-",
        n=limits[TAU].n,
        scores=limits,
        others={truth: limit for truth, limit in beside.items() if limit},
    )
