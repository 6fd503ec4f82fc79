"""`supernet-bench score`: score a file of predictions against a ground truth."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.grid import Format, chosen_format, print_grid, table_width
from bench.cli.json_line import json_line
from bench.cli.options import ArchColumn, Column, Data
from bench.errors import BenchError
from bench.places import data_folder, results_folder

if TYPE_CHECKING:
    from bench.scores.metrics import Metric
    from bench.scores.scoreboard import Scoreboard, ScoredPrediction

FEW = 50
"""Below this many architectures the sampling error of tau is near .1 (FACTS: .077 at 50)."""
MOST_RESAMPLES = 1_000_000
"""Resamples that are not a slip of the keys: a thousand of them take a second."""
PATIENCE = 5
"""Seconds before a progress bar appears."""


def register(app: typer.Typer) -> None:
    """Add the verb to the root command."""
    app.command("score")(score)


def score(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="CSV, TSV or JSON, .gz or not: architecture -> score, higher is better. Several: parts of one set.",
        ),
    ],
    table: Annotated[str, typer.Option(help="The truth, space/dataset/split/budget; 'data list' shows all.")],
    population: Annotated[
        str,
        typer.Option(
            help="all, connected, canonical, functions, random-1000, connected-500, design, confirmation, ..."
        ),
    ] = "all",
    all_metrics: Annotated[bool, typer.Option("--all-metrics", help="Print every metric, not only the panel.")] = False,
    resamples: Annotated[int, typer.Option(help="Bootstrap resamples per interval.")] = 1000,
    data: Data = None,
    store: Annotated[str | None, typer.Option(help="Store them under this name, as a row of later tables.")] = None,
    source: Annotated[str | None, typer.Option(help="With --store: who published them (default: file name).")] = None,
    results: Annotated[Path | None, typer.Option(help="With --store: the folder of runs (default: results/).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object with every metric.")] = False,
    column: Column = None,
    arch_column: ArchColumn = None,
    lower_is_better: Annotated[
        bool | None,
        typer.Option("--lower-is-better/--higher-is-better", help="Direction of the scores; losses need it."),
    ] = None,
    shown_as: Format = "table",
) -> None:
    """Score predictions, beside trivial ones and the ceiling.

    Examples:

      supernet-bench score predictions.csv --table nb201/cifar10/test/200ep

      supernet-bench score predictions.csv --table nb201/cifar10/test/200ep --population random-1000

      supernet-bench score proxies.csv.gz --column synflow --arch-column cell --table nb201/cifar10/test/200ep

      supernet-bench score part-*.json --table track1/cifar100/test/stand-alone --json

      supernet-bench score losses.csv --table nb201/cifar10/test/200ep --lower-is-better

      supernet-bench score theirs.csv --table track1/cifar100/test/stand-alone --store theirs --source "A et al. (2026)"
    """
    from bench.cli.results_table import TRUE_TOP
    from bench.population import Population
    from bench.scores.file_notes import accuracy_note
    from bench.scores.files.direction import sign_hint
    from bench.scores.files.prediction_file import read_submission
    from bench.scores.join import join_file
    from bench.scores.metrics import METRICS, PANEL
    from bench.scores.metrics import all_metrics as every_metric
    from bench.scores.score_run import groups
    from bench.scores.scoreboard import scoreboard, trivial_predictors
    from bench.tables.catalog import open_table
    from bench.tables.frame import Columns

    how = chosen_format(shown_as, as_json)
    if not 1 <= resamples <= MOST_RESAMPLES:
        raise BenchError(f"--resamples {resamples}; allowed: 1 to {MOST_RESAMPLES:,}, 1000 is usual")
    truth = open_table(table, data_folder(data))
    predictions = read_submission(files, Columns(arch=arch_column, value=column), lower_is_better)
    joined = join_file(predictions, truth)
    metrics = every_metric() if all_metrics or how == "json" else [METRICS.get(name) for name in PANEL]
    passes = 1 + len(trivial_predictors(truth)) + (len(truth.seeds) if len(truth.seeds) > 1 else 0)
    with _late_progress(resamples * passes * len(groups(metrics))) as advance:
        board = scoreboard(truth, [joined], population, metrics, resamples=resamples, advance=advance)
    if store is not None:
        from bench.runs.published import store_published

        origin = source or ", ".join(file.name for file in files)
        origin += "; lower is better, stored negated" if lower_is_better else ""
        typer.echo(store_published(store, joined, truth, origin, predictions.sha256, results_folder(results)), err=True)
    tau = board.rows[0].scores["kendall-tau-b"].upper
    about = accuracy_note(predictions.column, joined, truth, Population(population, truth.space, truth.genes))
    hints = [about, sign_hint(joined.name, tau, lower_is_better)]
    if population != "all" and any(metric.of_true_top for metric in metrics):
        hints.append(TRUE_TOP)
    if how == "json":
        typer.echo(json_line(asdict(board)))
    else:
        print_board(board, metrics, how)
    for hint in filter(None, hints):
        typer.echo(hint, err=how != "table")


def print_board(board: "Scoreboard", metrics: Sequence["Metric"], how: str = "table") -> None:
    """Print the board: one line per row, or one line per metric if there are more metrics than the panel's.

    In a format other than "table" the notes go to stderr; CSV has a line per row and metric.
    """
    from rich.console import Console

    from bench.analysis.results_csv import results_csv
    from bench.analysis.results_table import ResultRow
    from bench.analysis.results_words import heading
    from bench.cli.results_table import short
    from bench.scores.metrics import PANEL
    from bench.truth import labelled

    title = f"truth {labelled(board.truth, board.coverage)}, population {board.population}, n = {board.n:,}"
    found = [ResultRow(name=row.name, seeds="-", n=row.n, scores=row.scores) for row in board.rows]
    if board.ceiling:
        seeds, n = next((value.seeds, value.n) for value in board.ceiling.values())
        found.append(ResultRow(name=f"ceiling: one of {seeds} seeds", seeds="-", n=n, scores=board.ceiling))
    lines = [["row", *(heading(metric.name) for metric in metrics)]]
    every = len(metrics) > len(PANEL)  # one per line: room for the digits of normalised ranks
    lines += [
        [
            f"{row.name} (n = {row.n:,})",
            *(row.scores[metric.name].spelled(partial(short, decimals=4 if every else 2)) for metric in metrics),
        ]
        for row in found
    ]
    if every:
        lines = [list(line) for line in zip(*lines, strict=True)]
    if how == "csv":
        typer.echo(results_csv(found), nl=False)
    else:
        print_grid(lines[0], lines[1:], title, how)
    drawn = max(value.drawn for row in board.rows for value in row.scores.values())
    about = f"↑ higher is better, ↓ lower is better; [95 % interval] over {drawn:,} resamples of architectures"
    console = Console(highlight=False, markup=False, width=table_width(), stderr=how != "table")
    for note in (*([title] if how != "table" else []), about, *_notes(board)):
        console.print(note)


def _notes(board: "Scoreboard") -> Iterator[str]:
    """Yield a line per count, and a line per reason why scores are undefined, or undefined on resamples."""
    from bench.analysis.results_words import title_of

    if board.n < FEW:
        yield f"warning: only {board.n} architectures; a correlation over so few is mostly chance"
    yield f"tied pairs of truths: {board.rows[0].tied_truths:,}"
    for row in board.rows:
        yield f"{row.name}: {_counted(row)}"
    why: dict[tuple[str, str], list[str]] = {}
    for row in board.rows:
        for name, value in row.scores.items():
            told = f"undefined, {value.reason}" if math.isnan(value.value) else value.note
            if told:
                why.setdefault((name, told), []).append(row.name)
    for (name, told), rows in why.items():
        yield f"{title_of(name)}: {told} ({'all rows' if len(rows) == len(board.rows) > 1 else ', '.join(rows)})"
    if not board.ceiling:
        yield "no ceiling: the table has one accuracy per architecture"


def _counted(row: "ScoredPrediction") -> str:
    counts = {
        "tied pairs of predictions": row.tied_predictions,
        "degenerate (NaN or infinite, ranked last)": row.degenerate,
        "missing from the predictions": row.missing,
        "unknown to the table": row.unknown,
        "duplicates": row.duplicates,
    }
    return ", ".join(f"{count:,} {what}" for what, count in counts.items() if count or not row.trivial)


@contextmanager
def _late_progress(total: int) -> Iterator[Callable[[int], None]]:
    """Yield a function that counts finished resamples; a bar with rate and remaining time appears after `PATIENCE`."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    rate = TextColumn("{task.completed:.0f}/{task.total:.0f} resamples, {task.fields[rate]:.0f}/s")
    progress = Progress("scoring", BarColumn(), rate, TimeRemainingColumn(), console=Console(stderr=True))
    task, begun = progress.add_task("scoring", total=total, rate=0.0), time.monotonic()

    def advance(resamples: int) -> None:
        spent = time.monotonic() - begun
        progress.update(task, advance=resamples, rate=(progress.tasks[task].completed + resamples) / max(spent, 1e-9))
        if spent > PATIENCE:
            progress.start()

    try:
        yield advance
    finally:
        if progress.live.is_started:
            progress.stop()
