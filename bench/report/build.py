"""Studies and their stored runs -> the content of the page."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from bench.errors import DataError, UnknownName
from bench.recipe.preset import Preset
from bench.report.answers import over_report
from bench.report.claims import judge
from bench.report.content import Part, Report
from bench.report.part import part_of
from bench.runs.plan import plan
from bench.runs.published import damaged_published
from bench.runs.scored_on import others_of, truth_of, unscored
from bench.study.claim import Claim
from bench.study.colours import RowColours
from bench.study.study import Study
from bench.tables.table import Table
from bench.truth import Truth


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
    seeded: Sequence[Table] = (),
) -> Report:
    """Return the report of all studies with a finished run, those of a single row first.

    `tables` opens a truth; it is called only for studies with a finished run. `other_truths` names truths of the same
    space on other images, against which the same predictions are also scored, as against a study's own `others`.
    `known` studies determine the colours of heuristics; if empty, the reported ones do. `data` is the folder of cost
    tables. `advance` is called with the name of every study that is done. `claims` are those that the report lists.
    Without `figures` none is drawn; those that state a study's result still do. `seeded` are releases of truths that
    have training seeds, for the ceilings of tables that do not.
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
            built = [study for study in found if study.built]
            why = unscored(built[0], preset) if built else error
            without_table.append(f"{_listed([study.name for study in found])}: {why}")
        if table is None:
            for study in found:
                advance(study.name)
            continue
        named = [other for study in found for other in others_of(study, preset)]
        every = dict.fromkeys([*named, *other_truths(table.truth)])
        others = [_opened(tables, other, damaged) for other in every]
        beside = [other for other in others if other is not None]
        release = next((one for one in seeded if one.truth.plain == table.truth.plain), None)
        parts.append(part_of(found, preset, results, table, beside, colours, data, advance, figures, release))
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


def _listed(names: Sequence[str]) -> str:
    """Return names, of many the first two and how many more.

    >>> _listed(["a", "b", "c"]), _listed(["a", "b", "c", "d"])
    ('a, b, c', 'a, b and 2 more studies')
    """
    return ", ".join(names) if len(names) < 4 else f"{', '.join(names[:2])} and {len(names) - 2} more studies"
