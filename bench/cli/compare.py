"""`compare`: two of rows, files and other predictions, paired over shared seeds and architectures."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bench.cli.grid import Format, chosen_format, print_grid, spelled_csv
from bench.cli.json_line import json_line
from bench.cli.names import studies
from bench.cli.options import ArchColumn, Data, PresetName, Results, Seeds, parse_seeds
from bench.errors import BenchError
from bench.places import data_folder, results_folder
from bench.recipe.preset import find_preset
from bench.types import SCORES

if TYPE_CHECKING:
    from bench.analysis.compare import Comparison
    from bench.scores.interval import Value

TREND = "top-n-trend"
MOST_DECIMALS = 5
"""Decimals of a difference whose interval ends that close to zero."""
MARGIN = 0.2
"""Half the width of the interval of tau over some 50 architectures."""
SIDE = (
    "A row (STUDY:ROW; its first one: STUDY), the last row of a file (FILE.py), predictions (FILE.csv, FILE.json, "
    "FILE.csv:COLUMN), a trivial predictor (trivial:NAME), or stored published predictions (published:NAME)."
)


def register(app: typer.Typer) -> None:
    """Add the verb to the root command."""
    app.command("compare")(compare_sides)


def compare_sides(
    first: Annotated[str, typer.Argument(help=SIDE, autocompletion=studies)],
    second: Annotated[str, typer.Argument(help=SIDE, autocompletion=studies)],
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
    table: Annotated[
        str | None, typer.Option(help="The truth (default: that of the rows, else of the stored predictions).")
    ] = None,
    arch_column: ArchColumn = None,
    lower_is_better: Annotated[
        list[str] | None,
        typer.Option(metavar="SIDE", help="This side is a file in which lower is better; may be given for both."),
    ] = None,
    higher_is_better: Annotated[
        list[str] | None,
        typer.Option(metavar="SIDE", help="This side is a file of losses whose sign is turned already."),
    ] = None,
    shown_as: Format = "table",
) -> None:
    """Compare how well two sides rank, with 95 % intervals.

    The differences are paired: both sides are scored on the same architectures and seeds.

    Examples:

      supernet-bench compare path-sampling:uniform baseline

      supernet-bench compare my_heuristic.py baseline

      supernet-bench compare predictions.csv baseline --population connected

      supernet-bench compare best-recipe trivial:live-params

      supernet-bench compare mine.csv proxies.csv.gz:synflow --table nb201/cifar10/test/200ep

      supernet-bench compare losses.csv baseline --lower-is-better losses.csv
    """
    from bench.analysis.sides import compare_sides as compare
    from bench.analysis.sides import file_of
    from bench.scores.cache import scores_kept_in
    from bench.scores.metrics import METRICS, PANEL
    from bench.scores.metrics import all_metrics as every_metric

    how = chosen_format(shown_as, as_json)
    files = [side for side in (first, second) if file_of(side)]
    with scores_kept_in(results_folder(results)):
        found, of_rows = compare(
            first,
            second,
            preset=find_preset(preset),
            seeds=parse_seeds(seeds) if seeds is not None else None,
            population=population,
            score=score,
            metrics=every_metric() if all_metrics else [METRICS.get(name) for name in PANEL],
            table=table,
            arch_column=arch_column,
            lower_is_better=_directions(files, lower_is_better or [], higher_is_better or []),
            results=results_folder(results),
            data=data_folder(data),
            warn=lambda line: typer.echo(line, err=True),
        )
    shown = preset if of_rows else None
    if how == "json":
        differences = {
            name: {
                "verdict": told.verdict,
                "first": told.first,
                "second": told.second,
                "difference": asdict(told.value),
                "smallest_detectable": told.smallest_detectable,
            }
            for name, told in found.differences.items()
        }
        about = asdict(replace(found, differences={})) | {"truth": str(found.truth)}
        typer.echo(json_line(about | {"preset": shown, "differences": differences}))
    else:
        print_comparison(found, shown, how)


def print_comparison(found: "Comparison", preset: str | None, how: str = "table") -> None:
    """Print one line per metric: both means, the difference with its interval, and which side is better.

    `preset` is that of the rows; None without one. In a format other than "table" the notes go to stderr.
    """
    from rich.console import Console

    from bench.analysis.results_words import about_size, heading, title_of
    from bench.cli.results_table import TRUE_TOP, short
    from bench.figures.figure import other_images
    from bench.runs.cost import cost_ratio, of_images, tenths, unit_of
    from bench.scores.difference import SMALLEST_DETECTABLE
    from bench.scores.size import WITH_SIZE
    from bench.truth import labelled

    seeds = ", ".join(map(str, found.seeds)) or "none"
    other = f"{note}, " if (note := other_images(found.trained_on, found.truth)) else ""
    of_rows = (f", preset {preset}", f", seeds {seeds}") if preset else ("", "")
    title = (
        f"{other}truth {labelled(found.truth, found.coverage)}{of_rows[0]}, population {found.population}, "
        f"n = {found.n:,}{of_rows[1]}"
    )
    lines = []
    verdicts = {"first is better": found.first, "second is better": found.second}
    verdicts |= {"first is higher": f"higher: {found.first}", "second is higher": f"higher: {found.second}"}
    for one in found.differences.values():
        sides = ("undefined" if math.isnan(score) else short(score) for score in (one.first, one.second))
        verdict = verdicts.get(one.verdict, one.verdict)
        if one.verdict == "not distinguishable":
            verdict += f"; smallest detectable: {short(one.smallest_detectable)}"
        mark = "*" if len(found.seeds) == 1 and not math.isnan(one.value.low) else ""
        difference = one.value.spelled(partial(short, decimals=_decimals(one.value)))
        lines.append([heading(one.metric.name), *sides, difference + mark, verdict])
    if how == "csv":
        typer.echo(spelled_csv(CSV_HEADER, _numbers(found)))
    else:
        print_grid(["metric", found.first, found.second, "difference", "better"], lines, title, how)
    console = Console(highlight=False, markup=False, stderr=how != "table")
    if how != "table":
        console.print(title)
    accuracies = [
        (name, one) for name, one in zip((found.first, found.second), found.accuracies, strict=True) if one is not None
    ]
    if accuracies:
        listed = "; ".join(f"{name} {one.spelled()}" for name, one in accuracies)
        console.print(f"mean supernet accuracy - chance, %: {listed}")
    ranked = zip((found.first, found.second), found.ranked_by, strict=True)
    if by := "; ".join(f"{name} by {score}" for name, score in ranked if score):
        console.print(f"ranked: {by}")
    for line in filter(None, (*(one.verdict(name) for name, one in accuracies), *_sign_hints(found))):
        console.print(line)
    ours, theirs = found.costs
    if ours and theirs:
        minutes = f"{tenths(ours.minutes)} against {tenths(theirs.minutes)} {unit_of((ours, theirs))} per seed"
        console.print(f"cost: {minutes}, {cost_ratio(ours, theirs)}; {of_images(ours, theirs)}")
    for name, one in found.differences.items():
        if why := _of_sides(one.value.reason) if math.isnan(one.value.value) else one.value.note:
            console.print(f"{title_of(name)}: {one.verdict if math.isnan(one.value.low) else 'difference'}, {why}")
    console.print("[95 % interval] of the paired difference, over architectures and, for two or more seeds, seeds")
    if len(found.seeds) == 1:
        console.print("* of one seed, over architectures alone: with other seeds the sides may differ otherwise")
    if any(one.verdict == "not distinguishable" for one in found.differences.values()):
        console.print(f"smallest detectable: {SMALLEST_DETECTABLE}")
    if WITH_SIZE in found.differences:
        console.print(about_size(found.truth))
    if any(one.metric.of_true_top for one in found.differences.values()):
        console.print(TRUE_TOP)
    if TREND in found.differences and len(found.seeds) > 1:
        console.print(f"{title_of(TREND)}: mean of the seeds' own; results tables show that of the predictions' mean")


def _decimals(difference: "Value") -> int:
    """Return how many decimals a difference needs: two, or as many as an end needs that is not zero.

    >>> from bench.scores.interval import Value
    >>> told = Value(value=-0.061, low=-0.12, high=-0.0031, n=9, resampled="seeds")
    >>> _decimals(told), _decimals(replace(told, high=0.0031)), _decimals(replace(told, high=-0.01))
    (3, 2, 2)
    """
    if difference.low > 0 or difference.high < 0:
        nearest = min(abs(difference.low), abs(difference.high))
        return next((decimals for decimals in range(2, MOST_DECIMALS) if round(nearest, decimals)), MOST_DECIMALS)
    return 2


def _of_sides(reason: str) -> str:
    """Return why a difference is undefined, once if the reason is that of both sides.

    >>> _of_sides("first: too few; second: too few"), _of_sides("second: too few")
    ('both: too few', 'second: too few')
    """
    first, _, second = reason.partition("; second: ")
    return f"both: {second}" if first == f"first: {second}" else reason


CSV_HEADER = (
    *("first", "second", "metric", "n", "score_of_first", "score_of_second", "difference", "low", "high"),
    *("interval_over", "verdict", "smallest_detectable", "reason"),
)


def _numbers(found: "Comparison") -> Iterator[list[Any]]:
    """Yield a line of `CSV_HEADER` per metric; `interval_over` is what was resampled, empty without an interval."""
    for name, one in found.differences.items():
        over = "" if math.isnan(one.value.low) else one.value.resampled
        scores = (one.value.n, one.first, one.second, one.value.value, one.value.low, one.value.high)
        yield [found.first, found.second, name, *scores, over, one.verdict, one.smallest_detectable, one.value.reason]


def _directions(files: Sequence[str], lower: Sequence[str], higher: Sequence[str]) -> dict[str, bool]:
    """Return, for each file whose direction is stated, whether lower is better; raises `BenchError` for other sides.

    >>> _directions(["a.csv"], ["a.csv"], [])
    {'a.csv': True}
    """
    found: dict[str, bool] = {}
    for option, named, is_lower in (("--lower-is-better", lower, True), ("--higher-is-better", higher, False)):
        for side in named:
            if side not in files:
                allowed = " or ".join(files) or "none here, since no side is a file"
                raise BenchError(
                    f"{option} {side}; allowed: {allowed}; rows and stored predictions know their direction"
                )
            if found.setdefault(side, is_lower) != is_lower:
                raise BenchError(f"--lower-is-better {side} and --higher-is-better {side}; keep one of them")
    return found


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
