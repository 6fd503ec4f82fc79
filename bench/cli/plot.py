"""`plot`: a study's figures from the store."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.options import (
    Against,
    Data,
    PresetName,
    Results,
    Seeds,
    TruthTable,
    find_study,
    parse_seeds,
    preset_with,
)
from bench.errors import StoreError
from bench.places import data_folder, plots_folder, results_folder
from bench.recipe.preset import Preset
from bench.study.study import STUDIES, Study

if TYPE_CHECKING:
    from bench.runs.plan import PlannedRow


DPI = 160
"""Resolution of PNG files."""


def register(app: typer.Typer) -> None:
    """Add the verb to the root command."""
    app.command("plot")(plot_study)


def plot_study(
    studies: Annotated[
        list[str] | None, typer.Argument(metavar="[STUDY]...", help="Studies or Python files (default: all stored).")
    ] = None,
    preset: PresetName = "laptop",
    seeds: Seeds = None,
    against: Against = "baseline",
    table: TruthTable = None,
    out: Annotated[Path | None, typer.Option(help="Folder of figures (default: plots/ of the clone).")] = None,
    results: Results = None,
    data: Data = None,
) -> None:
    """Draw studies' figures as SVG and PNG, with the numbers drawn as CSV and the results table as Markdown.

    Without a study, all studies with stored runs are drawn.

    Examples:

      supernet-bench plot

      supernet-bench plot baseline masking

      supernet-bench plot baseline --preset demo --out figures

      supernet-bench plot my_heuristic.py --against path-sampling:uniform --seeds 0-2
    """
    from rich.console import Console
    from rich.progress import track

    from bench.processes.parallel import in_processes
    from bench.runs.plan import plan, something_to_show
    from bench.runs.scored_on import needed_truth, truth_of

    size = preset_with(preset, table)
    chosen = parse_seeds(seeds) if seeds is not None else None
    named = [find_study(spelled, beside=against) for spelled in studies or STUDIES.names()]
    planned = [(study, plan(study, size, chosen, results_folder(results))) for study in named]
    if not studies:
        planned = [(study, rows) for study, rows in planned if something_to_show(rows)]
        for study, _ in planned:
            if truth_of(study, size) is None:
                typer.echo(f"{study.name} is not drawn: it names no truth", err=True)
        planned = [(study, rows) for study, rows in planned if truth_of(study, size) is not None]
    if not planned:
        raise StoreError(
            f"no finished run at preset '{preset}' in {results_folder(results)}; "
            f"'supernet-bench run baseline --preset {preset}' makes one"
        )
    for study, rows in planned:
        needed_truth(study, size)
        if not any(row.seeds("done") for row in rows):
            wanted = f" with seeds {seeds}" if seeds is not None else ""
            raise StoreError(
                f"no finished run of study '{study.name}' at preset '{preset}'{wanted} in {results_folder(results)}; "
                f"'supernet-bench run {study.name} --preset {preset}{f' --seeds {seeds}' if seeds else ''}' makes them"
            )
    folders = results_folder(results), data_folder(data), plots_folder(out)
    drawn = in_processes(lambda one: _draw(*one, size, *folders), planned)
    for lines in track(
        drawn, "drawing", len(planned), console=Console(stderr=True), transient=True, auto_refresh=False
    ):
        typer.echo("\n".join(lines))


def _draw(study: Study, rows: "list[PlannedRow]", size: Preset, results: Path, data: Path, out: Path) -> list[str]:
    """Draw a study; return the lines to print: missing seeds, damaged files, and the files written."""
    from bench.analysis.frames import Frames
    from bench.analysis.results_csv import results_csv
    from bench.analysis.results_table import result_rows
    from bench.cli.results_table import damaged_lines, markdown
    from bench.figures.figure import Caption
    from bench.figures.style import few_colours, plain_style
    from bench.files import Content, make_folder, write_together
    from bench.runs.plan import asked_on, trained_on
    from bench.runs.published import damaged_published, published_of
    from bench.runs.scored_on import needed_truth, usual_population
    from bench.study.colours import row_colours
    from bench.tables.catalog import open_table, open_truths_beside

    table = open_table(needed_truth(study, size), data)
    lines = []
    for planned in rows:
        finished, wanted = len(planned.seeds("done")), len(planned.runs)
        if finished < wanted:
            lines.append(f"{study.name}: {planned.row.name}: n={finished} of {wanted} seeds")
    damaged = damaged_lines(rows, damaged_published(results))
    lines += [f"{study.name}: {line}" for line in damaged]
    colours = row_colours(study, [STUDIES.get(name) for name in STUDIES.names()])
    caption = Caption(table.truth, size.name, asked_on(rows), trained_on(rows), colours, table.coverage)
    frames = Frames(study, rows, [table, *open_truths_beside(table.truth, data)] if study.searches else [table], data)
    lines += [f"{study.name}: {line}" for line in frames.planned.refused]
    folder = make_folder(out / study.name / size.name)
    files: dict[Path, Content] = {}
    for figure in study.figures:
        numbers = figure.numbers(frames.of(figure.of))
        if numbers.empty:
            lines.append(f"{study.name}: {figure.name} is not drawn: nothing of its rows is stored")
            continue
        files[folder / f"{figure.name}.csv"] = numbers.to_csv(index=False, float_format="%.6g")
        with plain_style(salt=figure.name):
            canvas = figure.draw(numbers, caption)
            vectors, pixels = io.BytesIO(), io.BytesIO()
            canvas.savefig(vectors, format="svg", metadata={"Date": None})  # the same numbers give the same file
            few_colours(canvas, DPI).save(pixels, format="png", optimize=True)
            for suffix, drawn in (("svg", vectors), ("png", pixels)):
                path = folder / f"{figure.name}.{suffix}"
                files[path] = drawn.getvalue()
                lines.append(str(path))
    population = usual_population(table, size)
    found_rows = result_rows(rows, table, population, published_of(table.truth, results))
    text = markdown(found_rows, table.truth, size.name, population.name, trained_on(rows), damaged, table.coverage)
    files[folder / "results.md"] = text
    files[folder / "results.csv"] = results_csv(found_rows)
    write_together(files)  # a full disk leaves the former figures beside the former numbers
    return [*lines, str(folder / "results.md")]
