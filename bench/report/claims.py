"""Every claim of the papers beside what the stored runs say of it: the claims table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.analysis.compare import compare_spaces, side_of_row
from bench.analysis.results_words import title_of
from bench.errors import RecipeError
from bench.processes.parallel import in_processes
from bench.recipe.preset import PRESETS, Preset
from bench.report.answers import MAIN, Answer, agreement, answers
from bench.report.claim_costs import Costs
from bench.report.claim_store import NoTableError, Store
from bench.report.claim_words import inside, of_difference, told, told_difference
from bench.report.claims_beside import cheaper, favours, kept, no_proxy, searched
from bench.report.claims_table import CANNOT_TELL, NOT_TESTED, Judged
from bench.runs.plan import PlannedRow
from bench.runs.scored_on import unscored, usual_population
from bench.scores.interval import Value
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
from bench.study.study import STUDIES, Reported
from bench.tables.table import Table
from bench.truth import Truth

OF_ACCURACY = Metric(
    name=ACCURACY, better="higher", low=0, high=100, function=lambda prediction, truth: float(prediction.mean())
)
"""The mean predicted accuracy, percent."""


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
    `data` is the folder of cost tables. `answered` are answers already computed, by study. A claim on images that no
    preset like this one has is not tested.
    """
    own = Store(preset, results, tables, data, dict(answered or {}))
    stores = {preset.images.dataset if preset.like else "": own}
    for other in PRESETS.values():
        if other.like == preset.name:
            stores[other.images.dataset] = Store(other, results, tables, data, {})
    costs = {images: Costs(one.rows, None if one is own else own.rows) for images, one in stores.items()}
    of_study: dict[str, list[int]] = {}  # claims on one study read and answer it once
    for place, claim in enumerate(claims):
        of_study.setdefault(f"{claim.images}/{getattr(claim.test, 'study', '')}", []).append(place)

    def together(places: Sequence[int]) -> list[Judged]:
        return [judge_one(claims[place]) for place in places]

    def judge_one(claim: Claim) -> Judged:
        if claim.images not in stores:
            lacking = f"preset '{preset.name}' has no other of its sizes with the images of {claim.images}"
            elsewhere = f"it is of other images; 'supernet-bench claims --preset {preset.like}' tests it"
            return Judged(claim=claim, verdict=NOT_TESTED, left=elsewhere if preset.like else lacking)
        try:
            judged = _judged(claim, stores[claim.images], costs[claim.images])
        except NoTableError as error:
            return Judged(claim=claim, verdict=NOT_TESTED, left=str(error))
        if not claim.images:
            return judged
        at = f", preset {stores[claim.images].preset.name}"
        measured, left = (text and text + at for text in (judged.measured, judged.left))
        return replace(judged, measured=measured, left=left)

    found = zip(of_study.values(), in_processes(together, list(of_study.values())), strict=True)
    by_place = {place: judged for places, each in found for place, judged in zip(places, each, strict=True)}
    return [by_place[place] for place in range(len(claims))]


def _judged(claim: Claim, store: Store, costs: Costs) -> Judged:
    test = claim.test
    match test:
        case Untested():
            return Judged(claim=claim, verdict=NOT_TESTED, left=f"{test.why}: {costs.of_untested(test)}")
        case Kept():
            return kept(claim, test, store)
        case Compared():
            found = _compared(claim, test, store)
        case Within():
            found = _within(claim, test, store)
        case Searched():
            found = searched(claim, test, store)
        case Cheaper():
            found = cheaper(claim, test, store)
        case Favours():
            found = favours(claim, test, store)
        case NoProxy():
            found = no_proxy(claim, test, store)
    left = costs.of_rows(test)
    if found is None:
        study = STUDIES.get(test.study)
        lacking = unscored(study, store.preset) if study.built else "its searches: 'supernet-bench search'"
        return Judged(claim=claim, verdict=NOT_TESTED, left=left or lacking)
    return replace(found, left=left)


def _compared(claim: Claim, test: Compared, store: Store) -> Judged | None:
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
        measured = f"{title_of(MAIN)} {of_difference(difference)}"
        found_so = told_difference(claim, agreement(test.effect, difference), measured, difference, own[0].seeds)
        return replace(found_so, precision=f"{found_so.precision}{uncorrected(own[0])}")
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
        measured = f"tau_a {answer.as_reported.partition(': ')[0]}; A_10 - A_500 {of_difference(answer.contrast)}"
        return told_difference(claim, answer.agreement, measured, answer.contrast, answer.seeds)
    measured = f"{title_of(answer.reported.metric)} {of_difference(answer.of_reported)}"
    found_so = told_difference(claim, answer.agreement, measured, answer.of_reported, answer.seeds)
    of_tau = answer in own and answer.reported.metric == MAIN
    return replace(found_so, precision=f"{found_so.precision}{uncorrected(answer)}") if of_tau else found_so


def uncorrected(answer: Answer) -> str:
    """Return a note for a difference of tau-b that does not outlast the study's other comparisons, else "".

    Differences of other metrics have no correction.
    """
    alone = answer.verdict.endswith("uncorrected")
    return f", uncorrected (q = {answer.q:.2f})" if alone else ""


def _of_accuracy(
    claim: Claim, test: Compared, row: PlannedRow, against: PlannedRow, table: Table, store: Store
) -> Judged:
    sides = [side_of_row(planned, table, "accuracy") for planned in (row, against)]
    found = compare_spaces(sides[0], sides[1], table, usual_population(table, store.preset), [OF_ACCURACY])[ACCURACY]
    measured = f"accuracy {of_difference(found)} %"
    return told_difference(claim, agreement(test.effect, found), measured, found, found.value.seeds)


def _within(claim: Claim, test: Within, store: Store) -> Judged | None:
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
    measured = f"{title_of(test.metric)} {value.value:.2f}, claimed {test.bounds}"
    return told(claim, within(test, value, len(runs)), measured, value, len(runs))


def within(test: Within, value: Value, seeds: int) -> str:
    """Return whether a score's whole interval lies within the bounds, none of it does, or neither.

    The interval of one seed leaves out the noise between seeds, so it decides nothing; nor does a score without one.
    """
    return CANNOT_TELL if seeds < 2 else inside(value, test.low, test.high)


def _metric(name: str, table: Table, rows: np.ndarray) -> Metric:
    """Return a metric by its name: a registered one, one of size, or the mean accuracy."""
    size = sizes_of(table)
    of_size = {metric.name: metric for metric in size_metrics(None if size is None else size[rows])}
    return {ACCURACY: OF_ACCURACY, **of_size}.get(name) or METRICS.get(name)
