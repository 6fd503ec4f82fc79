"""Predictions joined with a truth on a population: the input of all tables, figures, comparisons and reports."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Int

from bench.errors import ComparisonError
from bench.population import Population
from bench.scores.ceiling import ceiling
from bench.scores.diverged import degenerate, settled
from bench.scores.interval import RESAMPLES, Value
from bench.scores.join import Joined
from bench.scores.metrics import Metric
from bench.scores.once import intervals_once, value_once
from bench.tables.table import Table
from bench.types import Flags, Functions, PerArch

BEST = 1000
"""Number of true best architectures resampled for metrics of the true top; more than the largest N."""
FEW = "fewer than two of these architectures are predicted"


def groups(metrics: Sequence[Metric]) -> list[list[Metric]]:
    """Return the metrics of the population, then those of the true top: two sets of architectures, if both occur."""
    both = ([metric for metric in metrics if metric.of_true_top == of_top] for of_top in (False, True))
    return [group for group in both if group]


@dataclass(frozen=True, kw_only=True, eq=False)
class Scored:
    """A prediction and a truth (percent) of the same architectures, [arch], higher is better in both.

    `inside` flags those that belong to the population. Intervals draw architectures of the same function, a
    number in `functions`, together, since they are one measurement; None: each on its own, as in a population that is
    itself a random draw of architectures (`drawn`).
    """

    prediction: PerArch
    truth: PerArch
    inside: Flags
    functions: Functions | None = None
    drawn: bool = False

    @property
    def n(self) -> int:
        """Return the number of architectures of the population."""
        return int(np.count_nonzero(self.inside))

    @property
    def diverged(self) -> int:
        """Return the number of predictions of the population that are NaN or infinite."""
        return degenerate(self.prediction[self.inside])

    @property
    def mean(self) -> float:
        """Return the mean prediction over the population, a diverged one counting as the lowest; NaN if it is empty."""
        return float(settled(self.prediction[self.inside]).mean()) if self.n else np.nan

    def taken_over(self, metric: Metric) -> Flags:
        """Return the architectures on which a metric is computed: those of the population.

        A metric of the true top is computed on the true best of all predicted architectures, inside the population or
        not: `BEST` of them and all that tie with the last, which include every true top N.
        """
        if not metric.of_true_top:
            return self.inside
        if len(self.truth) <= BEST:
            return np.ones(len(self.truth), dtype=bool)
        return self.truth >= np.partition(self.truth, -BEST)[-BEST]

    def arrays(self, metric: Metric) -> tuple[PerArch, PerArch]:
        """Return prediction and truth of the architectures on which a metric is computed."""
        on = self.taken_over(metric)
        return self.prediction[on], self.truth[on]

    def functions_of(self, metric: Metric) -> Functions | None:
        """Return the functions [arch] of the architectures on which a metric is computed; None: drawn on their own.

        The true best of all that is predicted are no random draw, unless nothing but the draw is predicted.
        """
        if self.functions is None or (self.drawn and (not metric.of_true_top or self.inside.all())):
            return None
        found = self.functions[self.taken_over(metric)]
        return found if len(np.unique(found)) < len(found) else None

    def value(self, metric: Metric) -> float:
        """Return the metric, NaN where it is undefined."""
        return value_once(metric, *self.arrays(metric))

    def interval(self, metric: Metric, *, resamples: int = RESAMPLES) -> Value:
        """Return the metric with its bootstrap interval over architectures."""
        return self.intervals([metric], resamples=resamples)[metric.name]

    def intervals(
        self,
        metrics: Sequence[Metric],
        *,
        resamples: int = RESAMPLES,
        advance: Callable[[int], object] = lambda resamples: None,
    ) -> dict[str, Value]:
        """Return every metric with its bootstrap interval over architectures.

        A value is NaN, with its reason, if there are fewer than two architectures. `advance` is called with the number
        of resamples just done, `resamples` in total for each of `groups`.
        """
        found: dict[str, Value] = {}
        for group in groups(metrics):
            prediction, truth = self.arrays(group[0])
            if len(truth) < 2:
                nothing = Value(
                    value=np.nan, low=np.nan, high=np.nan, n=len(truth), resampled="architectures", reason=FEW
                )
                found |= {metric.name: nothing for metric in group}
                continue
            functions = self.functions_of(group[0])
            found |= intervals_once(group, prediction, truth, functions=functions, resamples=resamples, advance=advance)
        return {metric.name: found[metric.name] for metric in metrics}


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoredRun(Scored):
    """One row's predictions for the architectures that have a truth, in the order of the table.

    `rows` are their rows in the table. `missing` counts architectures of the population with a truth but no prediction,
    `unknown` predictions for architectures without a truth, `duplicates` repeated predictions.
    """

    name: str
    rows: Int[np.ndarray, "arch"]
    missing: int = 0
    unknown: int = 0
    duplicates: int = 0


def score_run(predictions: Joined, table: Table, population: Population, *, within: Flags | None = None) -> ScoredRun:
    """Return predictions joined with a truth on a population, whose space is that of the predictions.

    Raises `ComparisonError` if the table is of another space.
    `within`, [arch] of the table, restricts the architectures, for example to those that another row has too.
    """
    if population.space.slot_name() != table.space.slot_name():
        raise ComparisonError(
            f"'{predictions.name}' predicts architectures of space '{population.space.slot_name()}', and "
            f"'{table.name}' is a truth of '{table.space.slot_name()}'; name a truth of the same space"
        )
    members, inside = _membership(population, table)
    known = predictions.present & inside
    if within is not None:
        known = known & within
    [rows] = np.nonzero(known)
    return ScoredRun(
        name=predictions.name,
        prediction=predictions.prediction[rows],
        truth=table.mean[rows],
        inside=members[rows],
        functions=table.functions[rows],
        drawn=population.drawn,
        rows=rows,
        missing=int(np.count_nonzero(members & ~predictions.present)),
        unknown=predictions.unknown,
        duplicates=predictions.duplicates,
    )


@lru_cache(maxsize=64)
def _membership(population: Population, table: Table) -> tuple[Flags, Flags]:
    """Return which of the table's architectures belong to the population, and which to its space."""
    found = population.among(table.genes), population.space.contains(table.genes)
    for flags in found:
        flags.flags.writeable = False
    return found


def ceiling_on(
    table: Table,
    population: Population,
    metrics: Sequence[Metric],
    *,
    within: Flags | None = None,
    resamples: int = RESAMPLES,
    advance: Callable[[int], object] = lambda resamples: None,
) -> dict[str, Value]:
    """Return the ceiling of every metric on the architectures on which a prediction of all of them is scored.

    `within` and `advance` as in `score_run` and `ceiling`. Empty if the truth has one training seed.
    """
    truth = Joined(name="truth", prediction=table.mean, present=np.ones(len(table.genes), dtype=bool))
    whole = score_run(truth, table, population, within=within)
    limits: dict[str, Value] = {}
    for group in groups(metrics):
        on = whole.rows[whole.taken_over(group[0])]
        functions = whole.functions_of(group[0])
        limits |= ceiling(table.accuracy[on], group, functions=functions, resamples=resamples, advance=advance)
    return {metric.name: limits[metric.name] for metric in metrics if metric.name in limits}
