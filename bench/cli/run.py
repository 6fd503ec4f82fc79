"""`plan` and `run`: the runs of a study."""

import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.grid import Format, chosen_format, print_grid
from bench.cli.options import (
    Against,
    AsJson,
    Changes,
    Data,
    Device,
    PresetName,
    Results,
    Seeds,
    StudyOrFile,
    check_device,
    parse_seeds,
)
from bench.errors import BenchError, unknown_name
from bench.places import data_folder, results_folder
from bench.recipe.preset import Preset, find_preset
from bench.study.named import find_study
from bench.study.study import STUDIES, Study

if TYPE_CHECKING:
    from bench.runs.local import Outcome
    from bench.runs.plan import PlannedRow
    from bench.runs.store import Run
    from bench.tables.table import Table


def register(app: typer.Typer) -> None:
    """Add the verbs to the root command."""
    app.command("plan")(plan_study)
    app.command("run")(run_study)


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
    """Show which runs are done, missing and failed, and the expected cost of the rest.

    Examples:

      supernet-bench plan baseline

      supernet-bench plan baseline --preset paper

      supernet-bench plan baseline --seeds 0-4 --json

      supernet-bench plan baseline --set epochs=6 --set construct.width=16
    """
    from bench.runs.store import STATES, UNFINISHED

    how = chosen_format(shown_as, as_json)
    found = find_study(study, beside=against)
    rows = _rows(found, preset, seeds, results, changes)
    if how == "json":
        expected = _minutes(rows, preset, results)
        listed = [
            {
                "row": planned.row.name,
                **{state: planned.seeds(state) for state in STATES},
                "minutes_left": _total(expected[run.folder] for run in planned.runs if run.status in UNFINISHED),
            }
            for planned in rows
        ]
        left = _total(expected.values())
        typer.echo(json.dumps({"study": found.name, "preset": preset, "minutes_left": left, "rows": listed}))
        return
    _print_plan(_named(found, changes), preset, rows, results, how)


def run_study(
    study: StudyOrFile,
    preset: PresetName = "laptop",
    seeds: Seeds = None,
    row: Annotated[list[str] | None, typer.Option(help="Only this row, its name in quotes; may be repeated.")] = None,
    jobs: Annotated[int | None, typer.Option(help="Parallel runs, one thread each (default: all cores).")] = None,
    device: Device = "cpu",
    against: Against = "baseline",
    results: Results = None,
    data: Data = None,
    changes: Changes = None,
    shown_as: Format = "table",
) -> None:
    """Train, predict and score all runs that are not done; if interrupted, the same command continues.

    The slots of your own file (a sampler, a loss, ...) replace those of the row --against; both rows are scored on
    the same architectures and compared.

    --set changes a setting of every row for a trial. Trials are stored in trials/ of the results folder and never stand
    in a study's figure, table or report.

    Examples:

      supernet-bench run baseline --preset laptop --seeds 0-2

      supernet-bench run masking --row "no Zero, no Pool" --row baseline

      supernet-bench run my_heuristic.py --against baseline --seeds 0-2

      supernet-bench run baseline --preset paper --device cuda --jobs 4

      supernet-bench run baseline --set epochs=6 --set construct.width=16
    """
    from bench.analysis.compare import compare, side_of_row
    from bench.cli.compare import print_comparison
    from bench.runs.scored_on import others_of, stored_table, truth_of, unscored, usual_population
    from bench.scores.metrics import METRICS, PANEL
    from bench.tables.catalog import open_table

    how = chosen_format(shown_as, False)
    check_device(device)
    if jobs is not None and jobs < 1:
        raise BenchError(f"--jobs {jobs}; allowed: 1 or more")
    own = study.endswith(".py")
    found = find_study(study, beside=against)
    rows = _only(_rows(found, preset, seeds, results, changes), row or [])
    chosen = find_preset(preset)
    truth = truth_of(found, chosen)
    folder = data_folder(data)
    table = stored_table(found, chosen, folder)  # a missing one fails now, not after training
    beside = [open_table(other, folder) for other in others_of(found, chosen)]
    if how == "table":
        _print_plan(_named(found, changes), preset, rows, results)
    workers = jobs or ((os.cpu_count() or 1) if device == "cpu" else 1)
    predicted = None if found.built else table  # what is built later must not change what is predicted
    outcomes = _run_with_progress(rows, chosen, predicted, beside, folder, device, workers, quiet=how != "table")
    failed = any(outcome.status == "failed" for outcome in outcomes) or _all_held(outcomes)
    if truth is None or table is None:
        typer.echo(unscored(found, chosen), err=how != "table")
        raise typer.Exit(int(failed))
    from bench.cli.results_table import print_results
    from bench.runs.plan import trials_in
    from bench.runs.published import damaged_published, published_of

    population, stored = usual_population(table, chosen), results_folder(results)
    print_results(rows, table, population, published_of(truth, stored), damaged_published(stored), how)
    if changes:
        typer.echo(
            f"a trial with {', '.join(changes)}: stored in {trials_in(stored)}, in no study's figure or report",
            err=how != "table",
        )
    if own and not failed and how == "table":  # one table on stdout in the others
        first, *others = (side_of_row(planned, table) for planned in rows)
        metrics = [METRICS.get(name) for name in PANEL]
        for other in others:
            print_comparison(compare(other, first, table, population, metrics), preset)
    if failed:
        raise typer.Exit(1)


def _rows(
    study: Study, preset: str, seeds: str | None, results: Path | None, changes: list[str] | None = None
) -> "list[PlannedRow]":
    from bench.runs.plan import plan

    chosen = parse_seeds(seeds) if seeds is not None else None
    return plan(study, find_preset(preset), chosen, results_folder(results), changes or ())


def _named(study: Study, changes: list[str] | None) -> str:
    """Return the study's name, with the changes of a trial."""
    return f"{study.name}, trial with {', '.join(changes)}," if changes else study.name


def _only(rows: "list[PlannedRow]", wanted: list[str]) -> "list[PlannedRow]":
    """Return the named rows, all if none is named; raises `UnknownName`."""
    by_name = {planned.row.name: planned for planned in rows}
    for name in wanted:
        if name not in by_name:
            raise unknown_name("row", name, by_name, "'supernet-bench show STUDY' describes them")
    return [by_name[name] for name in wanted] or rows


def _minutes(rows: "list[PlannedRow]", preset: str, results: Path | None) -> "dict[Path, float | None]":
    """Return the expected minutes of every unfinished run, by folder, from all stored runs of the preset."""
    from bench.runs.expected import minutes_left

    studies = (STUDIES.get(name) for name in STUDIES.names())
    everything = (planned for study in studies for planned in _rows(study, preset, None, results))
    return minutes_left(rows, [run for planned in everything for run in planned.runs])


def _total(minutes: "Iterable[float | None]") -> float | None:
    """Return the sum; None if any is unknown."""
    known = list(minutes)
    return None if None in known else sum(found for found in known if found is not None)


def _print_plan(study: str, preset: str, rows: "list[PlannedRow]", results: Path | None, how: str = "table") -> None:
    """Print which runs are done and what the others cost; in a format other than "table" the notes go to stderr."""
    from rich.console import Console

    from bench.runs.store import STATES, UNFINISHED

    expected = _minutes(rows, preset, results)
    states = [state for state in STATES if state != "damaged" or any(planned.seeds(state) for planned in rows)]
    lines = []
    for planned in rows:
        cells = [", ".join(map(str, planned.seeds(state))) or "-" for state in states]
        left = _total(expected[run.folder] for run in planned.runs if run.status in UNFINISHED)
        lines.append([planned.row.name, *cells, "?" if left is None else f"{left:.0f}" if left else "-"])
    print_grid(["row", *states, "minutes left"], lines, f"{study} at preset {preset}", how)
    console = Console(stderr=how != "table")
    for planned in rows:
        for seed, reason in planned.failures().items():
            console.print(f"{planned.row.name}, seed {seed} failed: {reason}", markup=False, highlight=False)
        for line in planned.damaged():
            console.print(line, markup=False, highlight=False)
    if expected:
        left = _total(expected.values())
        cost = (
            "unknown until a run in this space is stored" if left is None else f"about {left:.0f} minutes of one core"
        )
        shared = sum(len(planned.runs) for planned in rows) > len({run.folder for p in rows for run in p.runs})
        console.print(
            f"expected for what is left: {cost}{', counting a run shared by several rows once' if shared else ''}",
            highlight=False,
        )


def _run_with_progress(
    rows: "list[PlannedRow]",
    preset: Preset,
    table: "Table | None",
    others: "list[Table]",
    data: Path,
    device: str,
    workers: int,
    *,
    quiet: bool = False,
) -> "list[Outcome]":
    """Run all unfinished runs with progress bars, on stderr if `quiet`; return how they ended."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    from bench.processes.progress import Step
    from bench.registry import plugin_paths
    from bench.runs.local import Job, run_all
    from bench.runs.scored_on import predicted_population

    unfinished: dict[Path, list[tuple[str, Run]]] = {}  # rows with one recipe share a run, which is one job
    for planned in rows:
        for run in planned.runs:
            if run.status != "done":
                unfinished.setdefault(run.folder, []).append((planned.row.name, run))
    todo = [
        Job(
            run,
            f"{', '.join(dict.fromkeys(name for name, _ in shared))}, seed {run.seed}",
            predicted_population(run.recipe.space, preset, table, others),
            data,
            device,
            plugin_paths(),
        )
        for shared in unfinished.values()
        for run in [shared[0][1]]
    ]
    if not todo:
        return []
    rate = TextColumn("{task.completed:.0f}/{task.total:.0f} {task.fields[unit]}, {task.fields[rate]:.1f}/s")
    with Progress(
        "{task.description}", BarColumn(), rate, TimeRemainingColumn(), console=Console(stderr=quiet)
    ) as progress:
        bars: dict[tuple[str, str], tuple[TaskID, float, int]] = {}

        def report(job: Job, step: Step) -> None:
            key = (job.label, step.phase)
            if key not in bars:
                task = progress.add_task(
                    f"{job.label}: {step.phase}", total=step.total, completed=step.done, unit=step.unit, rate=0.0
                )
                bars[key] = (task, time.monotonic(), step.done)
            task, since, first = bars[key]
            seconds = max(time.monotonic() - since, 1e-9)
            progress.update(task, completed=step.done, rate=(step.done - first) / seconds)

        def ended(outcome: "Outcome") -> None:
            note = f" ({outcome.reason})" if outcome.reason else ""
            progress.console.print(f"{outcome.label}: {outcome.status}{note}", markup=False, highlight=False)

        def said(job: Job, line: str) -> None:
            progress.console.print(f"{job.label}: {line}", markup=False, highlight=False)

        return run_all(todo, workers=workers, report=report, ended=ended, said=said)


def _all_held(outcomes: "list[Outcome]") -> bool:
    """Return whether nothing was trained because other processes hold all that is left, and say so."""
    if not outcomes or not all(outcome.held for outcome in outcomes):
        return False
    runs = "the run that is left is" if len(outcomes) == 1 else f"all {len(outcomes)} runs that are left are"
    typer.echo(f"nothing was trained: {runs} held by another process; run again when it has ended", err=True)
    return True
