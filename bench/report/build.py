"""Studies and their stored runs -> what the page shows."""

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.analysis.colours import row_colours
from bench.analysis.frame import predictions_frame
from bench.analysis.results_table import SCORE_LABELS, ResultRow, missing_row, reference_rows, supernet_rows
from bench.errors import DataError
from bench.figures.figure import Caption, other_images
from bench.parallel import in_processes
from bench.recipe.preset import Preset, find_preset
from bench.report.answers import Answer, answers, sentence, sentence_alone
from bench.runs.plan import PlannedRow, asked_on, plan, trained_on, truth_of, usual_population
from bench.runs.published import damaged_published, published_of
from bench.scores.join import join
from bench.scores.metrics import METRICS
from bench.scores.score_run import score_run
from bench.study.study import Study
from bench.tables.table import Table
from bench.truth import Truth

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

DPI = 80
"""Of the figures in the page, so that all studies together stay below a megabyte."""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A figure as a picture inside the page (WebP, base64)."""

    name: str
    about: str
    picture: str


@dataclass(frozen=True, kw_only=True)
class StudySection:
    """A study with its rows, its answer and its figures; `missing` names rows without all seeds, and damaged runs.

    `runs` holds the recipe hash of every row, by which one that several studies show is known again. `others`
    holds tau-b against other truths.
    """

    study: Study
    rows: tuple[ResultRow, ...]
    runs: dict[str, str]
    others: dict[str, dict[Truth, float]]
    answers: tuple[Answer, ...]
    sentence: str
    missing: tuple[str, ...]
    figures: tuple[Drawn, ...]


@dataclass(frozen=True, kw_only=True)
class Part:
    """All studies against one truth, and what stands beside every row: published and trivial predictors.

    `mismatch` says where the supernets saw other images than the truth is of.
    """

    truth: Truth
    other_truths: tuple[Truth, ...]
    population: str
    images: str
    mismatch: str
    sections: tuple[StudySection, ...]
    references: tuple[ResultRow, ...]

    @property
    def published(self) -> bool:
        """Return whether a source prints a tau for any row."""
        return any(row.published is not None for section in self.sections for row in section.rows)


@dataclass(frozen=True, kw_only=True)
class Report:
    """All studies at one preset, those of one truth together: rows of different truths share no table.

    `without_runs` are those of which nothing is stored, `without_truth` those whose runs are not scored. `damaged`
    names the files that cannot be used: runs, published predictions, and tables, without which no study is shown.
    """

    preset: str
    parts: tuple[Part, ...]
    without_runs: tuple[Study, ...] = ()
    without_truth: tuple[Study, ...] = ()
    damaged: tuple[str, ...] = ()


def build(
    studies: Sequence[Study],
    preset: Preset,
    results: Path,
    tables: Callable[[Truth], Table],
    other_truths: Callable[[Truth], Sequence[Truth]] = lambda truth: (),
    advance: Callable[[str], object] = lambda study: None,
    known: Sequence[Study] = (),
) -> Report:
    """Return the report of all studies with a finished run, those of a single row first.

    `tables` opens a truth. `other_truths` names tables of the same space, against which the same
    predictions are scored too. A truth is opened once a study of it has a finished run. `known` studies give the
    heuristics their colours, the reported ones where none are named. `advance` is called with the name of every study
    that is done.
    """
    by_truth: dict[Truth, list[Study]] = {}
    without_runs, without_truth = [], []
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
    parts = []
    for truth, found in by_truth.items():
        opened = [_opened(tables, one, damaged) for one in (truth, *other_truths(truth))]
        table, *others = opened
        if table is None:
            for study in found:
                advance(study.name)
            continue
        beside = [other for other in others if other is not None]
        parts.append(_part(found, preset, results, table, beside, known or studies, advance))
    return Report(
        preset=preset.name,
        parts=tuple(parts),
        without_runs=tuple(without_runs),
        without_truth=tuple(without_truth),
        damaged=(*damaged, *damaged_published(results)),
    )


def _opened(tables: Callable[[Truth], Table], truth: Truth, damaged: dict[str, None]) -> Table | None:
    """Return the table of a truth; None where its file is damaged, which is added to the lines `damaged`."""
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
    known: Sequence[Study],
    advance: Callable[[str], object],
) -> Part:
    population = usual_population(table, preset)
    planned = [plan(study, preset, None, results) for study in studies]
    shown = [row for rows in planned for row in rows]
    unique = {_runs(row): row for row in shown}  # a recipe stands in many studies: it is scored once
    scored = dict(
        zip(unique, in_processes(lambda row: supernet_rows(row, table, population), list(unique.values())), strict=True)
    )
    references = tuple(reference_rows(table, population, published_of(table.truth, results)))

    def section(place: int) -> StudySection:
        study, rows = studies[place], planned[place]
        scored_rows = tuple(
            replace(found, name=row.row.name, published=_published(row, found))
            for row in rows
            for found in scored[_runs(row)] or _printed(row)
        )
        said = answers(rows, table)
        caption = Caption(table.truth, preset.name, asked_on(rows), trained_on(rows), row_colours(study, known))
        unanswered = len(rows) > 1 and not said  # whatever other studies' rows it shows
        figures, spoken = ([], []) if unanswered else _drawn(study, rows, table, caption)
        answered = sentence(said) if len(rows) > 1 else sentence_alone(scored_rows, references)
        return StudySection(
            study=study,
            rows=scored_rows,
            runs={row.row.name: row.runs[0].hash for row in rows},
            others=_against(rows, others),
            answers=tuple(said),
            sentence=" ".join(spoken) or answered,
            missing=tuple(_missing(rows)),
            figures=tuple(figures),
        )

    sections = []
    for found in in_processes(section, range(len(studies))):
        sections.append(found)
        advance(found.study.name)
    return Part(
        truth=table.truth,
        other_truths=tuple(other.truth for other in others),
        population=population.name,
        images=asked_on(shown),
        mismatch=other_images(trained_on(shown), table.truth),
        sections=tuple(sections),
        references=references,
    )


def _runs(planned: PlannedRow) -> tuple[Path, ...]:
    return tuple(run.folder for run in planned.runs)


def _printed(planned: PlannedRow) -> list[ResultRow]:
    """Return the line of a row without a run where its source prints a tau; the others are named as missing alone."""
    return [] if planned.row.published is None else [missing_row(planned)]


def _published(planned: PlannedRow, row: ResultRow) -> float | None:
    """Return the tau that the row's source prints, on the line of the score that it ranks by."""
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
    """Return, per row, tau-b by what the row ranks by against other truths, the mean over seeds."""
    tau = METRICS.get("kendall-tau-b")
    found: dict[str, dict[Truth, float]] = {}
    for planned in rows:
        name, done = planned.row.name, [run for run in planned.runs if run.status == "done"]
        stored = [run.read().predictions for run in done]
        found[name] = {}
        for table in tables if done else ():
            own = usual_population(table, find_preset(done[0].preset)).of(done[0].recipe.space)
            joined = [join(name, one.genes, one.by(planned.row.score), table) for one in stored]
            found[name][table.truth] = float(np.mean([score_run(one, table, own).value(tau) for one in joined]))
    return found


def _drawn(study: Study, rows: Sequence[PlannedRow], table: Table, caption: Caption) -> tuple[list[Drawn], list[str]]:
    """Return the study's figures of which something is stored, and what they say."""
    frame = predictions_frame(list(rows), table)
    drawn, said = [], []
    for figure in study.figures:
        numbers = figure.numbers(frame)
        if numbers.empty:
            continue
        drawn.append(Drawn(name=figure.name, about=figure.about, picture=_picture(figure.draw(numbers, caption))))
        said.extend([figure.says(numbers)] if figure.says else [])
    return drawn, said


def _picture(canvas: "Canvas") -> str:
    """Return the figure in at most 128 colours, without other loss, which takes a quarter of a PNG's bytes."""
    from PIL import Image

    drawn, packed = io.BytesIO(), io.BytesIO()
    canvas.savefig(drawn, format="png", dpi=DPI)
    colours = Image.Quantize.FASTOCTREE  # others mix colours of rows that are close
    few = Image.open(drawn).convert("RGB").quantize(128, method=colours).convert("RGB")
    few.save(packed, format="webp", lossless=True, quality=100, method=4)
    return base64.b64encode(packed.getvalue()).decode()
