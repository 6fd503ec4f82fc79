"""Studies with one truth and their stored runs -> their part of the page."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.analysis.frames import Frames
from bench.analysis.predicted import predicted_by_all
from bench.analysis.results_table import (
    SCORE_LABELS,
    ResultRow,
    ceiling_row,
    each_score_once,
    missing_row,
    reference_rows,
    supernet_rows,
)
from bench.figures.figure import Caption, other_images
from bench.processes.parallel import in_processes
from bench.recipe.preset import Preset, find_preset
from bench.report.answers import MAIN, answers, sentence, sentence_alone
from bench.report.bias_map import BiasMap, bias_map
from bench.report.content import COLUMNS, Part, StudySection
from bench.report.drawn import drawn_figures
from bench.runs.plan import PlannedRow, asked_on, plan, trained_on
from bench.runs.published import published_of
from bench.runs.scored_on import others_of, usual_population
from bench.scores.ceiling import CEILING_ROW
from bench.scores.join import join
from bench.scores.metrics import METRICS
from bench.scores.score_run import score_run
from bench.scores.scoreboard import trivial_predictors
from bench.study.colours import RowColours
from bench.study.study import Study
from bench.tables.table import Table
from bench.truth import Truth

BASELINE = "baseline"
"""The row whose bias stands beside that of the best."""


def part_of(
    studies: Sequence[Study],
    preset: Preset,
    results: Path,
    table: Table,
    others: Sequence[Table],
    colours: RowColours,
    data: Path,
    advance: Callable[[str], object],
    draws: bool,
    seeded: Table | None = None,
) -> Part:
    """Return the part of the page with one truth, `table`; `others` hold further truths of the same space.

    `seeded` is a release of the truth with training seeds, whose ceiling stands in where the table has none. `draws`
    says whether figures are drawn; `advance` is called with the name of every study that is done.
    """
    population = usual_population(table, preset)
    planned = [plan(study, preset, None, results) for study in studies]
    shown = [row for rows in planned for row in rows]
    unique = {(_runs(row), row.row.score): row for row in shown}  # rows shared by several studies are scored once
    names = [name for name in COLUMNS if name in METRICS.names()]

    def scores(row: PlannedRow) -> list[ResultRow]:
        return supernet_rows(row, table, population, names, by_others=(MAIN,))

    predicted = predicted_by_all(shown, table)
    scored = dict(zip(unique, in_processes(scores, list(unique.values())), strict=True))
    beside = published_of(table.truth, results)
    named = [*names, "top-n-trend"]
    references = reference_rows(table, population, beside, named, within=predicted)
    if seeded and all(row.name != CEILING_ROW for row in references):
        references += filter(None, [ceiling_row(seeded, usual_population(seeded, preset), named)])

    def belongs(study: Study, other: Table) -> bool:
        return table.truth.on_other_images(other.truth) or other.truth in others_of(study, preset)

    def section(place: int) -> StudySection:
        study, rows = studies[place], planned[place]
        of_rows = [scored[_runs(row), row.row.score] or _printed(row) for row in rows]
        scored_rows = tuple(
            replace(found, name=row.row.name, published=_published(row, found))
            for row, of_row in zip(rows, each_score_once(rows, of_rows), strict=True)
            for found in of_row
        )
        answered = answers(rows, table)
        caption = Caption(table.truth, preset.name, asked_on(rows), trained_on(rows), colours.of(study), table.coverage)
        unanswered = len(rows) > 1 and not answered  # even if rows shared with other studies are stored
        frames = Frames(study, rows, [table, *(other for other in others if belongs(study, other))], data)
        figures, results = ([], []) if unanswered else drawn_figures(study, frames, caption, draws)
        summary = sentence(answered) if len(rows) > 1 else sentence_alone(scored_rows, references)
        return StudySection(
            study=study,
            rows=scored_rows,
            runs={row.row.name: row.runs[0].hash for row in rows},
            others=_against(rows, [other for other in others if belongs(study, other)]),
            answers=tuple(answered),
            sentence=" ".join(results) or summary,
            missing=(*_missing(rows), *frames.refused),
            figures=tuple(figures),
        )

    sections = []
    for found in in_processes(section, range(len(studies))):
        sections.append(found)
        advance(found.study.name)
    return Part(
        truth=table.truth,
        coverage=table.coverage,
        other_truths=tuple(other.truth for other in others),
        other_labels=tuple(other.label for other in others),
        population=population.name,
        images=asked_on(shown),
        mismatch=other_images(trained_on(shown), table.truth),
        sections=tuple(sections),
        references=tuple(references),
        seeded=seeded.label if seeded else "",
        bias=tuple(_biases(shown, scored, references, table)),
    )


def _biases(
    rows: Sequence[PlannedRow],
    scored: Mapping[tuple[tuple[Path, ...], str], Sequence[ResultRow]],
    references: Sequence[ResultRow],
    table: Table,
) -> Iterator[BiasMap]:
    """Yield the bias of the best recipe of the whole space, of the baseline, and of the best trivial predictor."""
    own = {
        index: found.scores[MAIN].value
        for index, row in enumerate(rows)
        for found in scored[_runs(row), row.row.score]
        if found.by == SCORE_LABELS[row.row.score] and not found.trivial and not np.isnan(found.scores[MAIN].value)
    }
    chosen = [max(own, key=own.__getitem__)] if own else []
    chosen += [index for index in own if rows[index].row.name == BASELINE][:1]
    unlike: dict[str, PlannedRow] = {}
    for index in chosen:
        unlike.setdefault(rows[index].row.name, rows[index])
    for planned in unlike.values():
        stored = [run.read().predictions for run in planned.having("done")]
        joined = [join(planned.row.name, one.genes, one.by(planned.row.score), table) for one in stored]
        yield from filter(None, [bias_map(planned.row.name, joined, table)])
    taus = {row.name: row.scores[MAIN].value for row in references if not np.isnan(row.scores[MAIN].value)}
    known = {f"{one.name} (trivial)": one for one in trivial_predictors(table)}
    best = max((name for name in known if name in taus), key=taus.__getitem__, default=None)
    if best is not None:
        yield from filter(None, [bias_map(best, [known[best]], table)])


def _runs(planned: PlannedRow) -> tuple[Path, ...]:
    return tuple(run.folder for run in planned.runs)


def _printed(planned: PlannedRow) -> list[ResultRow]:
    """Return the result of a row without a run if its source prints a tau; others are only listed as missing."""
    return [] if planned.row.published is None else [missing_row(planned)]


def _published(planned: PlannedRow, row: ResultRow) -> float | None:
    """Return the tau printed in the row's source, if `row` is by the row's own score."""
    return planned.row.published if SCORE_LABELS[planned.row.score] == row.by else None


def _missing(rows: Sequence[PlannedRow]) -> list[str]:
    """Return a line per row that lacks seeds, and per damaged run."""
    fewer = [
        f"{planned.row.name}: {len(planned.seeds('done'))} of {len(planned.runs)} seeds"
        for planned in rows
        if len(planned.seeds("done")) < len(planned.runs)
    ]
    return [*fewer, *(line for planned in rows for line in planned.damaged())]


def _against(rows: Sequence[PlannedRow], tables: Sequence[Table]) -> dict[str, dict[Truth, float]]:
    """Return, per row, tau-b of the row's score against other truths, averaged over seeds."""
    tau = METRICS.get("kendall-tau-b")
    found: dict[str, dict[Truth, float]] = {}
    for planned in rows:
        name, done = planned.row.name, planned.having("done")
        stored = [run.read().predictions for run in done]
        found[name] = {}
        for table in tables if done else ():
            own = usual_population(table, find_preset(done[0].preset)).of(done[0].recipe.space)
            joined = [join(name, one.genes, one.by(planned.row.score), table) for one in stored]
            found[name][table.truth] = float(np.mean([score_run(one, table, own).value(tau) for one in joined]))
    return found
