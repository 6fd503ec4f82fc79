"""Every claim of the papers beside what the stored runs say of it: the claims table."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from bench.analysis.compare import compare_spaces, side_of_row
from bench.analysis.frame import predictions_frame
from bench.analysis.search_frame import searches_frame
from bench.errors import DataError, RecipeError, UnknownName
from bench.figures import proxy
from bench.figures.costs import MEGABYTE, short
from bench.recipe.preset import Preset
from bench.report.answers import MAIN, Answer, agreement, answers
from bench.report.claim_costs import Costs
from bench.report.claims_table import AGREES, CANNOT_TELL, DISAGREES, NOT_TESTED, Judged
from bench.runs.cost import cost_of
from bench.runs.expected import timing
from bench.runs.memory import update_memory
from bench.runs.plan import PlannedRow, plan
from bench.runs.scored_on import truth_of, unscored, usual_population
from bench.runs.search_plan import plan_searches
from bench.scores.bias import bias, choices_of
from bench.scores.difference import Difference
from bench.scores.interval import Value, of_one_seed, over_seeds
from bench.scores.metrics import METRICS, Metric
from bench.scores.score_run import score_run
from bench.scores.seeds import MEAN_TREND, intervals_over_seeds, trend_of_mean
from bench.scores.size import size_metrics, sizes_of
from bench.study.claim import (
    ACCURACY,
    Cheaper,
    Claim,
    Compared,
    Favours,
    Kept,
    NoProxy,
    Searched,
    Untested,
    Within,
)
from bench.study.study import STUDIES, Reported, Study
from bench.tables.table import Table
from bench.truth import Truth

OF_ACCURACY = Metric(
    name=ACCURACY, better="higher", low=0, high=100, function=lambda prediction, truth: float(prediction.mean())
)
"""The mean predicted accuracy, percent."""
POINTS = Metric(
    name="true accuracy of what is found", better="higher", low=0, high=100, function=lambda *_: float("nan")
)
"""The unit of what searches find, percentage points; it is not a function of predictions."""
MINUTES = Metric(name="minutes of training", better="lower", low=0, high=None, function=lambda *_: float("nan"))
"""Of one core; not a function of predictions either."""
RANK_ERROR = Metric(name="mean rank error", better="higher", low=-100, high=100, function=lambda *_: float("nan"))
"""Of the architectures with some choices, percent of all ranks, + is ranked too high; of predictions and genes."""


class _NoTableError(DataError):
    """The truth of a claim is damaged or not installed."""


@dataclass(frozen=True)
class _Store:
    """The stored runs of a preset and the truths that score them; studies are planned and answered once."""

    preset: Preset
    results: Path
    tables: Callable[[Truth], Table]
    data: Path
    answered: dict[str, Sequence[Answer]]
    planned: dict[str, list[PlannedRow]] = field(default_factory=dict)

    def rows(self, study: Study) -> list[PlannedRow]:
        """Return the study's rows with their runs."""
        if study.name not in self.planned:
            self.planned[study.name] = plan(study, self.preset, None, self.results)
        return self.planned[study.name]

    def table(self, study: Study) -> Table | None:
        """Return the table that scores the study, None if it has no truth, or its own is still to be built."""
        truth = truth_of(study, self.preset)
        try:
            return None if truth is None else self.open(truth)
        except _NoTableError as error:
            if study.built and isinstance(error.__cause__, UnknownName):
                return None
            raise

    def open(self, truth: Truth) -> Table:
        """Return the table of a truth; raises `_NoTableError`."""
        try:
            return self.tables(truth)
        except (DataError, UnknownName) as error:
            raise _NoTableError(str(error)) from error

    def answers(self, study: Study) -> Sequence[Answer]:
        """Return the study's own answers, empty if none of its rows can be answered."""
        if study.name not in self.answered:
            rows, table = self.rows(study), self.table(study)
            possible = table is not None and any(row.seeds("done") for row in rows)
            self.answered[study.name] = answers(rows, table) if possible and table is not None else []
        return self.answered[study.name]


def judge(
    claims: Sequence[Claim],
    preset: Preset,
    results: Path,
    tables: Callable[[Truth], Table],
    data: Path = Path(),
    answered: Mapping[str, Sequence[Answer]] | None = None,
) -> list[Judged]:
    """Return every claim with its verdict from the stored runs of a preset, in the order of the claims.

    `tables` opens a truth; a claim whose truth is damaged or not installed is not tested, and says so.
    `data` is the folder of cost tables. `answered` are answers already computed, by study.
    """
    store = _Store(preset, results, tables, data, dict(answered or {}))
    costs = Costs(store.rows)
    found = []
    for claim in claims:
        try:
            found.append(_judged(claim, store, costs))
        except _NoTableError as error:
            found.append(Judged(claim=claim, verdict=NOT_TESTED, left=str(error)))
    return found


def _judged(claim: Claim, store: _Store, costs: Costs) -> Judged:
    test = claim.test
    match test:
        case Untested():
            return Judged(claim=claim, verdict=NOT_TESTED, left=f"{test.why}: {costs.of_untested(test)}")
        case Kept():
            return _kept(claim, test, store)
        case Compared():
            found = _compared(claim, test, store)
        case Within():
            found = _within(claim, test, store)
        case Searched():
            found = _searched(claim, test, store)
        case Cheaper():
            found = _cheaper(claim, test, store)
        case Favours():
            found = _favours(claim, test, store)
        case NoProxy():
            found = _no_proxy(claim, test, store)
    left = costs.of_rows(test)
    if found is None:
        study = STUDIES.get(test.study)
        lacking = unscored(study, store.preset) if study.built else "its searches: 'supernet-bench search'"
        return Judged(claim=claim, verdict=NOT_TESTED, left=left or lacking)
    return replace(found, left=left)


def _compared(claim: Claim, test: Compared, store: _Store) -> Judged | None:
    study, row = test.found()
    rows = {planned.row.name: planned for planned in store.rows(study)}
    against = test.against or row.against or study.rows[0].name
    if not all(rows[name].seeds("done") for name in (row.name, against)):
        return None
    table = store.table(study)
    if table is None:
        return None
    if test.metric == ACCURACY:
        return _of_accuracy(claim, test, rows[row.name], rows[against], table, store)
    own = [answer for answer in store.answers(study) if answer.row == row.name and answer.reference == against]
    if own and test.metric == MAIN:
        difference = own[0].difference
        measured = f"{MAIN} {_of_difference(difference)}"
        return _told(claim, agreement(test.effect, difference), measured, difference.value, own[0].seeds)
    if own and not test.metric:
        found = own
    else:
        reported = Reported(test.effect, test.metric, claim.says) if test.metric else row.reported
        asked = replace(rows[row.name], row=replace(row, against=against, reported=reported, reference=False))
        found = answers([rows[against], asked], table)
    if not found:
        return None
    [answer] = found
    if answer.reported is None or answer.of_reported is None or answer.agreement is None:
        raise RecipeError(f"a claim names row '{row.name}' of study '{study.name}', which reports no effect; name one")
    if answer.contrast is not None:
        measured = f"tau_a {answer.as_reported.partition(': ')[0]}; A_10 - A_500 {_of_difference(answer.contrast)}"
        return _told(claim, answer.agreement, measured, answer.contrast.value, answer.seeds)
    measured = f"{answer.reported.metric} {_of_difference(answer.of_reported)}"
    return _told(claim, answer.agreement, measured, answer.of_reported.value, answer.seeds)


def _of_accuracy(
    claim: Claim, test: Compared, row: PlannedRow, against: PlannedRow, table: Table, store: _Store
) -> Judged:
    sides = [side_of_row(planned, table, "accuracy") for planned in (row, against)]
    found = compare_spaces(sides[0], sides[1], table, usual_population(table, store.preset), [OF_ACCURACY])[ACCURACY]
    measured = f"accuracy {_of_difference(found)} %"
    return _told(claim, agreement(test.effect, found), measured, found.value, found.value.seeds)


def _within(claim: Claim, test: Within, store: _Store) -> Judged | None:
    study, row = test.found()
    [planned] = [planned for planned in store.rows(study) if planned.row.name == row.name]
    if not planned.seeds("done"):
        return None
    table = store.table(study)
    if table is None:
        return None
    side = side_of_row(planned, table, "accuracy" if test.metric == ACCURACY else None)
    population = usual_population(table, store.preset).of(side.space)
    runs = [score_run(one, table, population) for one in side.by_seed.values()]
    if test.metric == MEAN_TREND:
        value = trend_of_mean(runs)
    else:
        metric = _metric(test.metric, table, runs[0].rows[runs[0].inside])
        value = intervals_over_seeds(runs, [metric], name=row.name)[metric.name]
    measured = f"{test.metric} {value.value:.2f}, claimed {test.bounds}"
    return _told(claim, within(test, value, len(runs)), measured, value, len(runs))


def within(test: Within, value: Value, seeds: int) -> str:
    """Return whether a score's whole interval lies within the bounds, none of it does, or neither.

    The interval of one seed leaves out the noise between seeds, so it decides nothing; nor does a score without one.
    """
    if seeds < 2 or math.isnan(value.low):
        return CANNOT_TELL
    if value.low >= test.low and value.high <= test.high:
        return AGREES
    return DISAGREES if value.high < test.low or value.low > test.high else CANNOT_TELL


def _metric(name: str, table: Table, rows: np.ndarray) -> Metric:
    """Return a metric by its name: a registered one, one of size, or the mean accuracy."""
    size = sizes_of(table)
    of_size = {metric.name: metric for metric in size_metrics(None if size is None else size[rows])}
    return {ACCURACY: OF_ACCURACY, **of_size}.get(name) or METRICS.get(name)


def _searched(claim: Claim, test: Searched, store: _Store) -> Judged | None:
    study, row = test.found()
    table = store.table(study)
    if table is None:
        return None
    of_other = (test.against_search or test.search, test.against_row or row.name, test.against)
    own = _true_of(study, test.search, row.name, test.searcher, table, store)
    other = _true_of(study, *of_other, table, store)
    seeds = sorted(seed for seed in own if seed in other)
    if not seeds:
        return None
    ahead = [own[seed] - other[seed] for seed in seeds]
    value = over_seeds([of_one_seed(one, len(table.genes)) for one in ahead])
    first, second = (float(np.mean([side[seed] for seed in seeds])) for side in (own, other))
    found = Difference(value=value, metric=POINTS, first=first, second=second, by_seed=tuple(ahead))
    measured = f"{POINTS.name} {_of_difference(found)} %"
    return _told(claim, agreement(test.effect, found), measured, value, len(ahead))


def _true_of(study: Study, search: str, row: str, searcher: str, table: Table, store: _Store) -> Mapping[int, float]:
    """Return the true accuracy of what a searcher found, by the supernet's seed, without those that have no truth.

    An architecture that stands beside the search is found with every supernet.
    """
    [searching] = [one for one in study.searches if one.name == search]
    planned = [one for one in store.rows(study) if one.row.name == row]
    if searcher in searching.beside:
        [arch], [known] = table.rows(np.array([study.baseline.space.parse(searching.beside[searcher])], dtype=np.int8))
        seeds = planned[0].seeds("done") if known else ()
        return {seed: float(table.mean[arch]) for seed in seeds}
    frame = searches_frame(plan_searches([searching], planned, store.data).searches, [table])
    frame = frame[frame.searcher == searcher]
    if frame.empty:
        return {}
    last = frame.loc[frame.groupby(["seed", "search_seed"]).evaluation.idxmax()]
    means = last.groupby("seed").true.mean().dropna()
    return dict(zip(means.index.astype(int).tolist(), means.astype(float).tolist(), strict=True))


def _cheaper(claim: Claim, test: Cheaper, store: _Store) -> Judged | None:
    study, _ = test.found()
    rows = {planned.row.name: planned for planned in store.rows(study)}
    sides = [rows[name].having("done") for name in (test.row, test.against)]
    if not all(sides):
        return None
    if test.of == "memory":
        own, other = (update_memory(side[0].recipe).peak for side in sides)
        measured = f"{short(own / MEGABYTE)} MB at the peak of an update against {short(other / MEGABYTE)}"
        verdict = AGREES if own < other else DISAGREES
        return Judged(claim=claim, verdict=verdict, measured=measured, precision="counted, equal on all machines")
    times = [{run.seed: timing(run).train / 60 for run in side} for side in sides]
    seeds = sorted(times[0].keys() & times[1].keys())
    less = [times[0][seed] - times[1][seed] for seed in seeds]
    if not seeds:
        return None
    value = over_seeds([of_one_seed(one, 1) for one in less])
    first, second = (float(np.mean([time[seed] for seed in seeds])) for time in times)
    found = Difference(value=value, metric=MINUTES, first=first, second=second, by_seed=tuple(less))
    where = [cost_of([run.read().record for run in side]).processors for side in sides]
    alike = where[0] == where[1]
    return Judged(
        claim=claim,
        verdict=agreement("better", found) if alike else CANNOT_TELL,
        measured=f"{MINUTES.name} {_of_difference(found)}" + ("" if alike else ", on different processors"),
        precision=_of_seeds(value, len(seeds)),
    )


def _favours(claim: Claim, test: Favours, store: _Store) -> Judged | None:
    study, row = test.found()
    rows = {planned.row.name: planned for planned in store.rows(study)}
    against = test.against or row.against or study.rows[0].name
    table = store.table(study)
    if table is None or not all(rows[name].seeds("done") for name in (row.name, against)):
        return None
    sides = [_rank_errors(rows[name], test.choices, table) for name in (row.name, against)]
    seeds = sorted(sides[0].keys() & sides[1].keys())
    if not seeds:
        return None
    higher = [sides[0][seed] - sides[1][seed] for seed in seeds]
    value = over_seeds([of_one_seed(one, len(table.genes)) for one in higher])
    first, second = (float(np.mean([side[seed] for seed in seeds])) for side in sides)
    found = Difference(value=value, metric=RANK_ERROR, first=first, second=second, by_seed=tuple(higher))
    measured = f"{RANK_ERROR.name} of {', '.join(test.choices)} {_of_difference(found)} % of all ranks"
    return _told(claim, agreement("better", found), measured, value, len(seeds))


def _rank_errors(planned: PlannedRow, choices: Sequence[str], table: Table) -> dict[int, float]:
    """Return the mean rank error of choices over all decisions that have them, by seed, on connected architectures."""
    names = choices_of(table.truth.space, table.genes)
    side, found = side_of_row(planned, table), {}
    for seed, one in side.by_seed.items():
        kept = one.present & names.connected
        mean = bias(names.genes[kept], [one.prediction[kept]], table.mean[kept]).mean
        found[seed] = float(
            np.nanmean([mean[place, own.index(name)] for place, own in enumerate(names.choices)
                        for name in choices if name in own])
        )  # fmt: skip
    return found


def _no_proxy(claim: Claim, test: NoProxy, store: _Store) -> Judged | None:
    study = STUDIES.get(test.study)
    rows, table = store.rows(study), store.table(study)
    if table is None or not any(planned.seeds("done") for planned in rows):
        return None
    points = proxy.numbers(predictions_frame(rows, table))
    value = proxy.agreement_of(points)
    if math.isnan(value.low):
        verdict = CANNOT_TELL
    elif value.high < test.most:
        verdict = AGREES
    else:
        verdict = DISAGREES if value.low > test.most else CANNOT_TELL
    measured = f"tau-b of accuracy and sparse tau {value.value:.2f}, claimed below {test.most:g}"
    precision = f"{len(points)} runs of {points.row.nunique()} rows, {_interval(value)}"
    return Judged(claim=claim, verdict=verdict, measured=measured, precision=precision)


def _kept(claim: Claim, test: Kept, store: _Store) -> Judged:
    table = store.open(Truth.parse(test.truth))
    best = table.genes[np.argsort(-table.mean, kind="stable")[: test.top]]
    part = float(np.mean(test.space.contains(best)))
    if test.than is None:
        holds, words = (
            test.low <= part <= test.high,
            f"{100 * part:.1f} % of the true best {test.top} are in the masked space",
        )
    else:
        other = float(np.mean(test.than.contains(best)))
        holds, words = (
            part < other,
            f"{100 * (1 - part):.1f} % of the true best {test.top} against {100 * (1 - other):.1f} %",
        )
    precision = f"n = {len(table.genes):,}, the truth alone"
    return Judged(claim=claim, verdict=AGREES if holds else DISAGREES, measured=words, precision=precision)


def _told(claim: Claim, verdict: str, measured: str, value: Value, seeds: int) -> Judged:
    return Judged(
        claim=claim, verdict=verdict, measured=measured, precision=f"n = {value.n:,}, {_of_seeds(value, seeds)}"
    )


def _of_seeds(value: Value, seeds: int) -> str:
    return f"{seeds} seed{'s' if seeds > 1 else ''}, {_interval(value)}"


def _interval(value: Value) -> str:
    return "no interval" if math.isnan(value.low) else f"[{_signed(value.low)}, {_signed(value.high)}]"


def _of_difference(difference: Difference) -> str:
    return f"{difference.first:.2f} against {difference.second:.2f}: {_signed(difference.value.value)}"


def _signed(number: float) -> str:
    """Return a number with its sign and two decimals, never "-0.00"."""
    return f"{round(number, 2) + 0.0:+.2f}"
