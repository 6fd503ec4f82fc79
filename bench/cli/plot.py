"""`plot`: a study's figures from the store."""

from pathlib import Path
from typing import Annotated

import typer

from bench.cli.run import Data, PresetName, Results, Seeds, StudyName, stored_beside
from bench.errors import StoreError
from bench.places import data_folder, plots_folder, results_folder
from bench.preset import find_preset
from bench.study import STUDIES


def register(app: typer.Typer) -> None:
    """Add the verb to the root command."""
    app.command("plot")(plot_study)


def plot_study(
    study: StudyName,
    preset: PresetName = "laptop",
    seeds: Seeds = None,
    out: Annotated[Path | None, typer.Option(help="Folder of figures (default: plots/ of the clone).")] = None,
    results: Results = None,
    data: Data = None,
) -> None:
    """Draw a study's figures as SVG and PNG, with the numbers drawn as CSV and the results table as Markdown.

    Examples:

      supernet-bench plot baseline

      supernet-bench plot baseline --preset demo --out figures

      supernet-bench plot baseline --preset paper --seeds 0-2
    """
    from matplotlib import rc_context

    from bench.cli.results_table import markdown
    from bench.figures.figure import Caption
    from bench.frame import predictions_frame
    from bench.plan import asked_on, parse_seeds, plan, trained_on, truth_of
    from bench.results_table import result_rows
    from bench.scores.population import usual_population
    from bench.store import make_folder, write_whole
    from bench.tables.catalog import open_table

    found, size = STUDIES.get(study), find_preset(preset)
    chosen = parse_seeds(seeds) if seeds is not None else None
    rows = plan(found, size, chosen, results_folder(results))
    table = open_table(truth_of(found, size), data_folder(data))
    if not any(planned.seeds("done") for planned in rows):
        raise StoreError(
            f"no finished run of study '{study}' at preset '{preset}' in {results_folder(results)}; "
            f"'supernet-bench run {study} --preset {preset}' makes them"
        )
    for planned in rows:
        finished, wanted = len(planned.seeds("done")), len(planned.runs)
        if finished < wanted:
            typer.echo(f"{planned.row.name}: n={finished} of {wanted} seeds")
    caption = Caption(table.name, preset, asked_on(rows), trained_on(rows))
    frame = predictions_frame(rows, table)
    folder = make_folder(plots_folder(out) / study / preset)
    for figure in found.figures:
        numbers = figure.numbers(frame)
        numbers.to_csv(folder / f"{figure.name}.csv", index=False, float_format="%.6g")
        canvas = figure.draw(numbers, caption)
        for suffix in ("svg", "png"):
            with rc_context({"svg.hashsalt": figure.name}):  # an SVG's ids are random otherwise
                canvas.savefig(folder / f"{figure.name}.{suffix}", dpi=160, metadata=_undated(suffix))
            typer.echo(str(folder / f"{figure.name}.{suffix}"))
    population = usual_population(table, size.ranks_in(table.space))
    found_rows = result_rows(rows, table, population, stored_beside(found, results_folder(results)))
    text = markdown(found_rows, table.name, preset, population, trained_on(rows))
    write_whole(folder / "results.md", text)
    typer.echo(str(folder / "results.md"))


def _undated(suffix: str) -> dict[str, None]:
    """Return metadata without a date, so that the same numbers give the same file."""
    return {"Date": None} if suffix == "svg" else {}
