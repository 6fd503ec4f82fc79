"""Every metric of several predictions and of the trivial predictors, against one truth on one population."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bench.errors import ComparisonError
from bench.population import Population, list_sha256
from bench.scores.diverged import settled
from bench.scores.interval import RESAMPLES, Value
from bench.scores.join import Joined
from bench.scores.metrics import Metric
from bench.scores.resampling.counts import tied_pairs
from bench.scores.score_run import ceiling_on, score_run
from bench.tables.table import Table


@dataclass(frozen=True, kw_only=True)
class ScoredPrediction:
    """The scores of one row of predictions, on `n` architectures.

    `missing` counts architectures of the population without a prediction, `unknown` predictions for architectures that
    the table lacks, `duplicates` repeated predictions, `degenerate` predictions that are NaN or infinite and rank
    last. Ties are counted as pairs of equal values.
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
    """Rows scored against one truth on one set of `n` architectures, whose digest is `architectures_sha256`.

    `coverage` is "3 of 15,625" if the truth's table lacks architectures of its space.
    """

    truth: str
    truth_sha256: str
    coverage: str
    population: str
    population_sha256: str
    n: int
    architectures_sha256: str
    rows: tuple[ScoredPrediction, ...]
    ceiling: dict[str, Value]


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
    """Return the rows of the predictions, then of the trivial predictors, all on the same architectures.

    These are the architectures of the population that all predictions contain. Metrics of the true top are computed on
    the true best of all architectures that they all contain, as in every other table. `advance` is called with the
    number of resamples just done, in total `resamples` per row and per training seed of a ceiling, for each of
    `groups(metrics)`.
    """
    chosen = Population(population_name, table.space, table.genes)
    common = np.logical_and.reduce([prediction.present for prediction in predictions])
    shared = common & chosen.among(table.genes)
    if not shared.any():
        raise ComparisonError(
            f"no architecture of population '{population_name}' of {table.name} has a prediction; "
            "score against the table of the same space, or choose another population"
        )

    def row(joined: Joined, is_trivial: bool) -> ScoredPrediction:
        scored = score_run(joined, table, chosen, within=common)
        return ScoredPrediction(
            name=joined.name,
            n=scored.n,
            scores=scored.intervals(metrics, resamples=resamples, advance=advance),
            trivial=is_trivial,
            missing=scored.missing,
            unknown=scored.unknown,
            duplicates=scored.duplicates,
            degenerate=scored.diverged,
            tied_predictions=tied_pairs(settled(scored.prediction[scored.inside])),
            tied_truths=tied_pairs(scored.truth[scored.inside]),
        )

    return Scoreboard(
        truth=table.name,
        truth_sha256=table.sha256,
        coverage=table.coverage,
        population=population_name,
        population_sha256=chosen.sha256,
        n=int(np.count_nonzero(shared)),
        architectures_sha256=list_sha256(table.space, table.genes[shared]),
        rows=(
            *(row(joined, False) for joined in predictions),
            *(row(joined, True) for joined in trivial_predictors(table) if trivial),
        ),
        ceiling=ceiling_on(table, chosen, metrics, within=common, resamples=resamples, advance=advance),
    )


def trivial_predictors(table: Table) -> list[Joined]:
    """Return the costs of the stand-alone networks as predictions; the table's costs replace the space's.

    An unknown cost counts as a diverged prediction, so that all predictors have the same architectures.
    """
    everything = np.ones(len(table.genes), dtype=bool)
    return [Joined(name=name, prediction=cost, present=everything) for name, cost in table.known_costs.items()]
