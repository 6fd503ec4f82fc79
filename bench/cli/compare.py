"""`compare`: two rows, or a row and a file, paired over shared seeds and architectures."""

import json
import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.options import Data, PresetName, Results, Seeds, find_row
from bench.errors import BenchError, ComparisonError
from bench.places import data_folder, results_folder
from bench.recipe.preset import find_preset
from bench.types import SCORES

if TYPE_CHECKING:
    from bench.analysis.compare import Comparison

FILES = (".csv", ".json")
MARGIN = 0.2
"""Half the width of the interval of tau over some 50 architectures."""
TRIVIAL, PUBLISHED = "trivial:", "published:"
SIDE = (
    "A row (STUDY, STUDY:ROW), a plug-in (FILE.py), predictions (FILE.csv, FILE.json), a trivial predictor "
    "(trivial:NAME), or stored published predictions (published:NAME)."
)


def register(app: typer.Typer) -> None:
    """Add the verb to the root command."""
    app.command("compare")(compare_sides)


def compare_sides(
    first: Annotated[str, typer.Argument(help=SIDE)],
    second: Annotated[str, typer.Argument(help=SIDE)],
    preset: PresetName = "laptop",
    seeds: Seeds = None,
    population: Annotated[
        str | None, typer.Option(help="Which architectures (default: those of the study's tables and figures).")
    ] = None,
    score: Annotated[str | None, typer.Option(help=f"{' or '.join(SCORES)} (default: each row's own).")] = None,
    all_metrics: Annotated[bool, typer.Option("--all-metrics", help="Compare by all metrics, not the panel.")] = False,
    results: Results = None,
    data: Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Compare how well two sides rank: paired differences with 95 % intervals.

    Examples:

      supernet-bench compare path-sampling:uniform baseline

      supernet-bench compare my_heuristic.py baseline

      supernet-bench compare predictions.csv baseline --population connected

      supernet-bench compare best-recipe trivial:live-params
    """
    from bench.analysis.compare import Side, compare, side_of_file, side_of_published, side_of_row, side_of_trivial
    from bench.population import Population
    from bench.runs.plan import PlannedRow, needed_truth, parse_seeds, plan, usual_population
    from bench.scores.metrics import METRICS, PANEL
    from bench.scores.metrics import all_metrics as every_metric
    from bench.tables.catalog import open_table

    if score is not None and score not in SCORES:
        raise BenchError(f"--score {score}; allowed: {', '.join(SCORES)}")
    named = [name for name in (first, second) if not _is_fixed(name)]
    if not named:
        raise BenchError("neither side is a row; 'supernet-bench score' scores predictions against a table")
    rows = {
        name: find_row(name, beside=next((n for n in named if not n.endswith(".py")), "baseline")) for name in named
    }
    size = find_preset(preset)
    truths = {name: needed_truth(study, size) for name, (study, _) in rows.items()}
    if len(set(truths.values())) > 1:
        listed = " and ".join(f"'{name}' against {truth}" for name, truth in truths.items())
        raise ComparisonError(f"{listed} cannot be compared; choose rows with the same truth")
    table = open_table(truths[named[0]], data_folder(data))
    chosen = parse_seeds(seeds) if seeds is not None else None

    def planned(name: str) -> PlannedRow:
        study, row = rows[name]
        found = next(one for one in plan(study, size, chosen, results_folder(results)) if one.row == row)
        for line in found.damaged():
            typer.echo(line, err=True)
        return found

    def side(name: str) -> Side:
        if name.startswith(TRIVIAL):
            return side_of_trivial(name.removeprefix(TRIVIAL), table)
        if name.startswith(PUBLISHED):
            return side_of_published(name.removeprefix(PUBLISHED), results_folder(results), table)
        return side_of_file(Path(name), table) if _is_fixed(name) else side_of_row(planned(name), table, score)

    metrics = every_metric() if all_metrics else [METRICS.get(name) for name in PANEL]
    members = Population(population, table.space, table.genes) if population else usual_population(table, size)
    found = compare(side(first), side(second), table, members, metrics)
    if as_json:
        differences = {
            name: {"verdict": one.verdict, "first": one.first, "second": one.second, "difference": asdict(one.value)}
            for name, one in found.differences.items()
        }
        about = asdict(replace(found, differences={})) | {"truth": str(found.truth)}
        text = json.dumps(about | {"preset": preset, "differences": differences})
        typer.echo(json.dumps(json.loads(text, parse_constant=lambda undefined: None)))  # JSON has no NaN
    else:
        print_comparison(found, preset)


def print_comparison(found: "Comparison", preset: str) -> None:
    """Print one line per metric: both means, the difference with its interval, and which side is better."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table as Grid

    from bench.cli.results_table import TRUE_TOP, short
    from bench.figures.figure import other_images
    from bench.runs.cost import cost_ratio

    arrows = {"higher": "↑", "lower": "↓"}
    seeds = ", ".join(map(str, found.seeds)) or "none"
    other = f"{note}, " if (note := other_images(found.trained_on, found.truth)) else ""
    title = (
        f"{other}truth {found.truth}, preset {preset}, population {found.population}, n = {found.n:,}, seeds {seeds}"
    )
    grid = Grid(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for heading in ("metric", found.first, found.second, "difference", "better"):
        grid.add_column(heading, overflow="fold")
    verdicts = {"first is better": found.first, "second is better": found.second}
    for name, one in found.differences.items():
        sides = ("undefined" if math.isnan(score) else short(score) for score in (one.first, one.second))
        verdict = verdicts.get(one.verdict, one.verdict)
        grid.add_row(f"{name} {arrows[one.metric.better]}", *sides, one.value.spelled(short), verdict)
    console = Console(highlight=False, markup=False)
    console.print(grid)
    accuracies = [
        (name, one) for name, one in zip((found.first, found.second), found.accuracies, strict=True) if one is not None
    ]
    if accuracies:
        listed = "; ".join(f"{name} {one.spelled()}" for name, one in accuracies)
        console.print(f"mean supernet accuracy - chance, %: {listed}")
    for line in filter(None, (*(one.verdict(name) for name, one in accuracies), *_sign_hints(found))):
        console.print(line)
    ours, theirs = found.costs
    if ours and theirs:
        minutes = f"{ours.minutes:.1f} against {theirs.minutes:.1f} minutes of one core per seed"
        console.print(f"cost: {minutes}, {cost_ratio(ours, theirs)}")
    for name, one in found.differences.items():
        if why := one.value.reason if math.isnan(one.value.value) else one.value.note:
            console.print(f"{name}: {one.verdict if math.isnan(one.value.low) else 'difference'}, {why}")
    console.print("[95 % interval] of the paired difference, over architectures and, for two or more seeds, seeds")
    if any(one.metric.of_true_top for one in found.differences.values()):
        console.print(TRUE_TOP)


def _sign_hints(found: "Comparison") -> list[str]:
    """Return a line for each side of fixed predictions whose tau, which has no interval here, is far below zero."""
    from bench.scores.files.direction import sign_hint

    tau = found.differences.get("kendall-tau-b")
    sides = zip((found.first, found.second), (tau.first, tau.second), found.accuracies, strict=True) if tau else ()
    return [
        sign_hint(name, score + MARGIN)
        for name, score, accuracy in sides
        if accuracy is None and not name.endswith("(trivial)")
    ]


def _is_fixed(name: str) -> bool:
    """Return whether a side is a fixed list of predictions, without seeds."""
    return name.startswith((TRIVIAL, PUBLISHED)) or Path(name).suffix.lower() in FILES
