"""Studies and their stored runs -> the content of the page."""

import base64
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.analysis.frames import Frames
from bench.analysis.results_table import (
    SCORE_LABELS,
    ResultRow,
    each_score_once,
    missing_row,
    reference_rows,
    supernet_rows,
)
from bench.errors import DataError, UnknownName
from bench.figures.figure import Caption, other_images
from bench.figures.style import few_colours, plain_style
from bench.processes.parallel import in_processes
from bench.recipe.preset import Preset, find_preset
from bench.report.answers import MAIN, Answer, answers, over_report, sentence, sentence_alone
from bench.report.bias_map import BiasMap, bias_map
from bench.report.claims import judge
from bench.report.claims_table import Judged
from bench.runs.plan import PlannedRow, asked_on, plan, trained_on
from bench.runs.published import damaged_published, published_of
from bench.runs.scored_on import others_of, truth_of, usual_population
from bench.scores.join import join
from bench.scores.metrics import METRICS
from bench.scores.score_run import score_run
from bench.scores.scoreboard import trivial_predictors
from bench.scores.seeds import MEAN_TREND
from bench.study.claim import Claim
from bench.study.colours import RowColours
from bench.study.study import Study
from bench.tables.table import Table
from bench.truth import Truth

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

DPI = 80
"""Resolution of the figures in the page."""
COLUMNS = {
    "kendall-tau-b": "tau-b",
    "kendall-tau-b/top-50": "top-50 tau-b",
    "sparse-kendall-tau/truth-0.1%": "sparse tau",
    "precision-at-top/5%": "P@5%",
    MEAN_TREND: "top-N trend of mean",
    "top-10-minus-top-500": "top 10 - top 500",
}
"""The metrics of the leaderboard and their headings."""
BASELINE = "baseline"
"""The row whose bias stands beside that of the best."""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A figure as an image in the page (WebP, base64)."""

    name: str
    about: str
    picture: str


@dataclass(frozen=True, kw_only=True)
class StudySection:
    """A study with its rows, its answer and its figures; `missing` names rows without all seeds, and damaged runs.

    `runs` maps each row to its recipe hash, which identifies a row shown by several studies. `others` holds tau-b
    against other truths.
    """

    study: Study
    rows: tuple[ResultRow, ...]
    runs: dict[str, str]
    others: dict[str, dict[Truth, float]]
    answers: tuple[Answer, ...]
    sentence: str
    missing: tuple[str, ...]
    figures: tuple[Drawn, ...]

    @property
    def at_chance(self) -> list[str]:
        """Return a line per row whose supernets are at chance."""
        return list(dict.fromkeys(filter(None, (row.accuracy.verdict(row.name) for row in self.rows if row.accuracy))))


@dataclass(frozen=True, kw_only=True)
class Part:
    """All studies with one truth, and their references: published and trivial predictors.

    `coverage` is "3 of 15,625" if the truth's table lacks architectures. `mismatch` is a note if the supernets were
    trained on other images than those of the truth. `bias` holds the bias of the best recipe, of the study `baseline`,
    and of the best trivial predictor.
    """

    truth: Truth
    coverage: str
    other_truths: tuple[Truth, ...]
    other_labels: tuple[str, ...]
    population: str
    images: str
    mismatch: str
    sections: tuple[StudySection, ...]
    references: tuple[ResultRow, ...]
    bias: tuple[BiasMap, ...] = ()

    @property
    def published(self) -> bool:
        """Return whether a source prints a tau for any row."""
        return any(row.published is not None for section in self.sections for row in section.rows)


@dataclass(frozen=True, kw_only=True)
class Report:
    """All studies at one preset, grouped by truth: rows with different truths are in different tables.

    `without_runs` are studies without stored runs, `without_truth` studies whose runs are not scored,
    `without_table` lines that name studies whose table is not stored, and how to get it. `damaged` names unusable
    files: runs, published predictions, and tables, whose studies are not shown. `claims` are those of the papers, each
    with what the stored runs say of it.
    """

    preset: str
    parts: tuple[Part, ...]
    claims: tuple[Judged, ...] = ()
    without_runs: tuple[Study, ...] = ()
    without_truth: tuple[Study, ...] = ()
    without_table: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()


def build(
    studies: Sequence[Study],
    preset: Preset,
    results: Path,
    tables: Callable[[Truth], Table],
    other_truths: Callable[[Truth], Sequence[Truth]] = lambda truth: (),
    advance: Callable[[str], object] = lambda study: None,
    known: Sequence[Study] = (),
    data: Path = Path(),
    claims: Sequence[Claim] = (),
    figures: bool = True,
) -> Report:
    """Return the report of all studies with a finished run, those of a single row first.

    `tables` opens a truth; it is called only for studies with a finished run. `other_truths` names truths of the same
    space on other images, against which the same predictions are also scored, as against a study's own `others`.
    `known` studies determine the colours of heuristics; if empty, the reported ones do. `data` is the folder of cost
    tables. `advance` is called with the name of every study that is done. `claims` are those that the report lists.
    Without `figures` none is drawn; those that state a study's result still do.
    """
    by_truth: dict[Truth, list[Study]] = {}
    without_runs, without_truth, without_table = [], [], []
    damaged: dict[str, None] = {}
    for study in sorted(studies, key=lambda study: len(study.rows) > 1):
        planned, truth = plan(study, preset, None, results), truth_of(study, preset)
        damaged |= dict.fromkeys(line for row in planned for line in row.damaged())
        if not any(row.seeds("done") for row in planned):
            without_runs.append(study)
        elif truth is None:
            without_truth.append(study)
        else:
            by_truth.setdefault(truth, []).append(study)
            continue
        advance(study.name)
    parts, colours = [], RowColours(known or studies)
    for truth, found in by_truth.items():
        try:
            table = _opened(tables, truth, damaged)
        except UnknownName as error:
            table = None
            without_table.append(f"{_listed([study.name for study in found])}: {error}")
        if table is None:
            for study in found:
                advance(study.name)
            continue
        named = [other for study in found for other in others_of(study, preset)]
        every = dict.fromkeys([*named, *other_truths(table.truth)])
        others = [_opened(tables, other, damaged) for other in every]
        beside = [other for other in others if other is not None]
        parts.append(_part(found, preset, results, table, beside, colours, data, advance, figures))
    answered = {section.study.name: section.answers for part in parts for section in part.sections}
    return Report(
        preset=preset.name,
        parts=_controlled(parts),
        claims=tuple(judge(claims, preset, results, tables, data, answered)),
        without_runs=tuple(without_runs),
        without_truth=tuple(without_truth),
        without_table=tuple(without_table),
        damaged=(*damaged, *damaged_published(results)),
    )


def _controlled(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Return the parts, whose answers know their false-discovery rate among all answers of the report."""
    answered = iter(over_report([section.answers for part in parts for section in part.sections]))
    return tuple(
        replace(part, sections=tuple(replace(section, answers=next(answered)) for section in part.sections))
        for part in parts
    )


def _opened(tables: Callable[[Truth], Table], truth: Truth, damaged: dict[str, None]) -> Table | None:
    """Return the table of a truth; None if its file is damaged, which adds a line to `damaged`."""
    try:
        return tables(truth)
    except DataError as error:
        damaged[f"table '{truth}' is damaged: {error}"] = None
        return None


def _part(
    studies: Sequence[Study],
    preset: Preset,
    results: Path,
    table: Table,
    others: Sequence[Table],
    colours: RowColours,
    data: Path,
    advance: Callable[[str], object],
    draws: bool,
) -> Part:
    population = usual_population(table, preset)
    planned = [plan(study, preset, None, results) for study in studies]
    shown = [row for rows in planned for row in rows]
    unique = {(_runs(row), row.row.score): row for row in shown}  # rows shared by several studies are scored once
    names = [name for name in COLUMNS if name in METRICS.names()]

    def scores(row: PlannedRow) -> list[ResultRow]:
        return supernet_rows(row, table, population, names, by_others=(MAIN,))

    scored = dict(zip(unique, in_processes(scores, list(unique.values())), strict=True))
    beside = published_of(table.truth, results)
    references = tuple(reference_rows(table, population, beside, [*names, "top-n-trend"]))

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
        figures, results = ([], []) if unanswered else _drawn(study, frames, caption, draws)
        summary = sentence(answered) if len(rows) > 1 else sentence_alone(scored_rows, references)
        return StudySection(
            study=study,
            rows=scored_rows,
            runs={row.row.name: row.runs[0].hash for row in rows},
            others=_against(rows, [other for other in others if belongs(study, other)]),
            answers=tuple(answered),
            sentence=" ".join(results) or summary,
            missing=(*_missing(rows), *frames.planned.refused),
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
        references=references,
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


def _listed(names: Sequence[str]) -> str:
    """Return names, of many the first two and how many more.

    >>> _listed(["a", "b", "c"]), _listed(["a", "b", "c", "d"])
    ('a, b, c', 'a, b and 2 more studies')
    """
    return ", ".join(names) if len(names) < 4 else f"{', '.join(names[:2])} and {len(names) - 2} more studies"


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


def _drawn(study: Study, frames: Frames, caption: Caption, draws: bool) -> tuple[list[Drawn], list[str]]:
    """Return the study's figures that have numbers, none unless it `draws`, and the sentences that state results."""
    drawn, results = [], []
    for figure in study.figures if draws else [figure for figure in study.figures if figure.says]:
        numbers = figure.numbers(frames.of(figure.of))
        if numbers.empty:
            continue
        if draws:
            with plain_style():
                picture = _picture(figure.draw(numbers, caption))
            drawn.append(Drawn(name=figure.name, about=figure.about, picture=picture))
        results.extend([figure.says(numbers)] if figure.says else [])
    return drawn, results


def _picture(canvas: "Canvas") -> str:
    """Return the figure as lossless WebP with few colours, a quarter of the size of a PNG."""
    packed = io.BytesIO()
    few_colours(canvas, DPI).convert("RGB").save(packed, format="webp", lossless=True, quality=100, method=4)
    return base64.b64encode(packed.getvalue()).decode()
