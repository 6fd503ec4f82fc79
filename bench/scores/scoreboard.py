"""Every metric of every row against one truth, on one population, the trivial predictors beside."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from bench.errors import ComparisonError
from bench.population import list_sha256, population
from bench.scores.ceiling import ceiling
from bench.scores.diverged import degenerate, settled
from bench.scores.interval import RESAMPLES, Value, replicates, with_interval
from bench.scores.join import Joined, join
from bench.scores.metrics import Metric
from bench.scores.resampling.counts import tied_pairs
from bench.tables.table import Table
from bench.types import Genes, PerArch


@dataclass(frozen=True, kw_only=True)
class Row:
    """The scores of one prediction, and all that was counted on the way.

    `n` architectures were scored. `missing` of the population have no prediction; `unknown` predictions are of
    architectures that the table lacks, `duplicates` repeat another. `degenerate` predictions are NaN or
    infinite and rank last. Ties are pairs of equal values.
    """

    name: str
    n: int
    scores: dict[str, Value]
    trivial: bool = False
    missing: int = 0
    unknown: int = 0
    duplicates: int = 0
    degenerate: int = 0
    tied_predictions: int = 0
    tied_truths: int = 0


@dataclass(frozen=True, kw_only=True)
class Scoreboard:
    """Rows that share one truth and one set of `n` architectures, whose digest is `architectures_sha256`."""

    truth: str
    truth_sha256: str
    population: str
    population_sha256: str
    n: int
    architectures_sha256: str
    rows: tuple[Row, ...]
    ceiling: dict[str, Value]

    def to_json(self) -> dict[str, Any]:
        """Return the board as JSON; a NaN is null and has its reason."""
        return _without_nan(asdict(self))


def scoreboard(
    table: Table,
    predictions: Sequence[Joined],
    population_name: str,
    metrics: Sequence[Metric],
    *,
    trivial: bool = True,
    resamples: int = RESAMPLES,
    advance: Callable[[int], object] = lambda resamples: None,
) -> Scoreboard:
    """Return the predictions' rows, then those of the trivial predictors, all on the same architectures.

    Those are the architectures of the population of which every prediction says something. `advance` is told
    of every resample done, `resamples` for each row and for each training seed of a ceiling.
    """
    chosen = population(population_name, table.space, table.genes)
    scored = np.logical_and.reduce([chosen.selected, *(prediction.present for prediction in predictions)])
    if not scored.any():
        raise ComparisonError(
            f"no architecture of population '{population_name}' of {table.name} has a prediction; "
            "score against the table of the same space, or choose another population"
        )
    truth = table.mean[scored]

    def row(joined: Joined, is_trivial: bool) -> Row:
        prediction = joined.prediction[scored]
        drawn = replicates(metrics, prediction, truth, resamples=resamples, advance=advance)
        return Row(
            name=joined.name,
            n=len(truth),
            scores={m.name: with_interval(m, prediction, truth, drawn[m.name]) for m in metrics},
            trivial=is_trivial,
            missing=int(np.count_nonzero(chosen.selected & ~joined.present)),
            unknown=joined.unknown,
            duplicates=joined.duplicates,
            degenerate=degenerate(prediction),
            tied_predictions=tied_pairs(settled(prediction)),
            tied_truths=tied_pairs(truth),
        )

    return Scoreboard(
        truth=table.name,
        truth_sha256=table.sha256,
        population=population_name,
        population_sha256=chosen.sha256,
        n=len(truth),
        architectures_sha256=list_sha256(table.space, table.genes[scored]),
        rows=(
            *(row(joined, False) for joined in predictions),
            *(row(joined, True) for joined in trivial_predictors(table) if trivial),
        ),
        ceiling=ceiling(table.accuracy[scored], metrics, resamples=resamples, advance=advance),
    )


def trivial_predictors(table: Table) -> list[Joined]:
    """Return the costs of the stand-alone networks as predictions; the table's records come before the space's."""
    costs = {**table.space.costs(table.genes), **table.costs}
    return [Joined(name=name, prediction=cost, present=np.isfinite(cost)) for name, cost in costs.items()]


def score_predictions(
    genes: Genes,
    prediction: PerArch,
    table: Table,
    population_name: str,
    metrics: Sequence[Metric],
    *,
    name: str = "predictions",
    resamples: int = RESAMPLES,
) -> Row:
    """Return the row of one prediction per architecture of `genes`, higher is better."""
    joined = join(name, genes, prediction, table)
    return scoreboard(table, [joined], population_name, metrics, trivial=False, resamples=resamples).rows[0]


def combine(boards: Sequence[Scoreboard]) -> Scoreboard:
    """Return one board with the rows of all; trivial predictors once, at the end.

    Raises `ComparisonError` where two boards differ in truth, population or architectures.
    """
    first = boards[0]
    for board in boards[1:]:
        for what in ("truth", "truth_sha256", "population", "population_sha256", "architectures_sha256"):
            if getattr(board, what) != getattr(first, what):
                raise ComparisonError(
                    f"rows '{first.rows[0].name}' and '{board.rows[0].name}' cannot stand side by side: {what} "
                    f"{getattr(first, what)} and {getattr(board, what)}; score both against one truth and population"
                )
    scored = [row for board in boards for row in board.rows if not row.trivial]
    return replace(first, rows=(*scored, *(row for row in first.rows if row.trivial)))


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
