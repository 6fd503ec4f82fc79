"""`plan`: which runs of a study are done, queued, running, missing and failed, and what the rest costs."""

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from bench.cli.grid import Format, chosen_format, print_grid, spelled_csv
from bench.cli.options import Against, AsJson, Changes, PresetName, Results, Seeds, StudyOrFile, parse_seeds
from bench.errors import RecipeError, unknown_name
from bench.places import results_folder
from bench.recipe.preset import PRESETS, find_preset
from bench.study.named import find_study
from bench.study.study import STUDIES, Row, Study

if TYPE_CHECKING:
    from bench.runs.expected import Expected
    from bench.runs.plan import PlannedRow
    from bench.runs.store import Run


def register(app: typer.Typer) -> None:
    """Add the verb to the root command."""
    app.command("plan")(plan_study)


def plan_study(
    study: StudyOrFile,
    preset: PresetName = "laptop",
    seeds: Seeds = None,
    against: Against = "baseline",
    results: Results = None,
    as_json: AsJson = False,
    changes: Changes = None,
    shown_as: Format = "table",
) -> None:
    """Show which runs are done, missing or failed, and the cost.

    The cost is that expected of what is left. A run is running, here or on another machine, while a process renews its
    lock file. Runs that wait in Slurm's queue are queued, and neither missing nor failed.

    Examples:

      supernet-bench plan baseline

      supernet-bench plan baseline --preset paper

      supernet-bench plan baseline --seeds 0-4 --json

      supernet-bench plan baseline --set epochs=6 --set construct.width=16
    """
    from bench.runs.standing import seeds_by_state, standings

    how = chosen_format(shown_as, as_json)
    found = find_study(study, beside=against)
    rows = rows_of(found, preset, seeds, results, changes)
    if how in ("csv", "json"):
        expected, standing = expected_minutes(rows, preset, results), standings(rows)
        listed: list[dict[str, Any]] = [
            {
                "row": planned.row.name,
                **seeds_by_state(planned, standing),
                "minutes_left": _total(expected[run.folder] for run in planned.runs if run.folder in expected),
                "rough": _rough(expected[run.folder] for run in planned.runs if run.folder in expected),
            }
            for planned in rows
        ]
        if how == "csv":
            cells = [[_spaced(value) for value in row.values()] for row in listed]
            typer.echo(spelled_csv(list(listed[0]), cells))
            return
        left = {"minutes_left": _total(expected.values()), "rough": _rough(expected.values())}
        typer.echo(json.dumps({"study": found.name, "preset": preset, **left, "rows": listed}))
        return
    print_plan(named(found, changes), preset, rows, results, how)


def _spaced(value: Any) -> Any:
    return " ".join(map(str, value)) if isinstance(value, list) else value


def rows_of(
    study: Study,
    preset: str,
    seeds: str | None,
    results: Path | None,
    changes: list[str] | None = None,
    wanted: list[str] | None = None,
) -> "list[PlannedRow]":
    """Return the wanted rows of a study, all if none is named, with their runs; `seeds` as the user wrote them.

    The changes are of these rows alone. Raises `UnknownName` for a row that there is not.
    """
    from bench.runs.plan import plan

    chosen = parse_seeds(seeds) if seeds is not None else None
    return plan(study, find_preset(preset), chosen, results_folder(results), changes or (), only(study, wanted or []))


def named(study: Study, changes: list[str] | None) -> str:
    """Return the study's name, with the changes of a trial."""
    return f"{study.name}, trial with {', '.join(changes)}," if changes else study.name


def only(study: Study, wanted: list[str]) -> list[Row]:
    """Return the named rows of a study, all if none is named; raises `UnknownName`."""
    by_name = {row.name: row for row in study.rows}
    for name in wanted:
        if name not in by_name:
            raise unknown_name("row", name, by_name, "'supernet-bench show STUDY' describes them")
    return [by_name[name] for name in wanted] or list(study.rows)


def expected_minutes(
    rows: "list[PlannedRow]", preset: str, results: Path | None, *, card: bool = False
) -> "dict[Path, Expected | None]":
    """Return the expected minutes of every unfinished run, by folder, from all stored runs; of a `card` if there are.

    Runs of a preset of other sizes are used only where there are none of its own.
    """
    from bench.runs.expected import minutes_left

    sizes = find_preset(preset).sized_as
    same = [name for name, other in PRESETS.items() if other.sized_as == sizes]
    others = [name for name in PRESETS if name not in same]
    return minutes_left(rows, _runs_of(same, results), lambda: _runs_of(others, results), card=card)


def _runs_of(presets: list[str], results: Path | None) -> "list[Run]":
    """Return the runs of all studies at some presets; a study that has no size at one of them has none there."""
    found: list[Run] = []
    for study in STUDIES.all():
        for name in presets:
            with suppress(RecipeError):
                found += [run for row in rows_of(study, name, None, results) for run in row.runs]
    return found


def _rough(expected: "Iterable[Expected | None]") -> bool:
    """Return whether any of the minutes follows from runs of another size."""
    return any(one is not None and one.rough for one in expected)


def _total(expected: "Iterable[Expected | None]") -> float | None:
    """Return the sum of the minutes; None if any is unknown."""
    known = list(expected)
    return None if None in known else sum(one.minutes for one in known if one is not None)


def print_plan(
    study: str, preset: str, rows: "list[PlannedRow]", results: Path | None, how: str = "table", *, card: bool = False
) -> None:
    """Print which runs are done and what the others cost, on a `card` if such times are stored.

    In a format other than "table" the notes go to stderr.
    """
    from rich.console import Console

    from bench.runs.expected import spelled
    from bench.runs.standing import (
        ALL_STATES,
        QUEUED,
        RUNNING,
        SOMETIMES,
        lost_job,
        searching,
        seeds_by_state,
        standings,
    )

    expected = expected_minutes(rows, preset, results, card=card)
    standing, searches = standings(rows), searching(rows)
    seeds = [seeds_by_state(planned, standing) for planned in rows]
    states = [state for state in ALL_STATES if state not in SOMETIMES or any(row[state] for row in seeds)]
    lines = []
    for planned, row in zip(rows, seeds, strict=True):
        cells = [", ".join(map(str, row[state])) or "-" for state in states]
        of_row = [expected[run.folder] for run in planned.runs if run.folder in expected]
        left = _total(of_row)
        known = "" if left is None else f"{left:,.0f}" if left >= 1 else "<1"
        minutes = "?" if left is None else f"{'~' if _rough(of_row) and left >= 1 else ''}{known}" if left else "-"
        lines.append([planned.row.name, *cells, minutes])
    print_grid(["row", *states, "minutes left"], lines, f"{study} at preset {preset}", how)
    console = Console(stderr=how != "table")
    for planned, row in zip(rows, seeds, strict=True):
        for run in planned.runs:
            told = f"{planned.row.name}, seed {run.seed}"
            if run.seed in row[RUNNING] + row[QUEUED]:
                console.print(f"{told} is {standing[run.folder]}", markup=False, highlight=False)
            elif run.seed in row["missing"] and (lost := lost_job(run, standing)):
                console.print(f"{told}: {lost}", markup=False, highlight=False)
            if about := searches.get(run.folder):
                console.print(f"searches on {told}: {about}", markup=False, highlight=False)
        failures = planned.failures() if any(row[state] for state in ("failed", RUNNING, QUEUED)) else {}
        for seed, reason in failures.items():
            console.print(
                f"{planned.row.name}, seed {seed} failed when it was last tried: {reason}",
                markup=False,
                highlight=False,
            )
        for line in planned.damaged() if row["damaged"] else ():
            console.print(line, markup=False, highlight=False)
    if expected:
        cost = spelled(expected.values(), "unknown until a run of this space is stored")
        shared = sum(len(planned.runs) for planned in rows) > len({run.folder for p in rows for run in p.runs})
        console.print(
            f"expected for what is left: {cost}{', counting a run shared by several rows once' if shared else ''}",
            highlight=False,
        )
