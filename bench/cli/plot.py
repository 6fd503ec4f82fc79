"""`plot`: a study's figures from the store."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.names import studies as study_names
from bench.cli.options import Against, Data, OnlyRows, PresetName, Results, Seeds, TruthTable, parse_seeds, preset_with
from bench.cli.plan import only
from bench.errors import BenchError, StoreError, UnknownName, unknown_name
from bench.figures.look import Look
from bench.places import data_folder, plots_folder, results_folder
from bench.recipe.preset import Preset
from bench.study.named import find_study
from bench.study.study import STUDIES, Study

if TYPE_CHECKING:
    from bench.analysis.drawing import Drawing
    from bench.runs.plan import PlannedRow


def register(app: typer.Typer) -> None:
    """Add the verb to the root command."""
    app.command("plot")(plot_study)


def plot_study(
    studies: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[STUDY]...", help="Studies or Python files (default: all stored).", autocompletion=study_names
        ),
    ] = None,
    figures: Annotated[
        list[str] | None,
        typer.Option("--figure", metavar="NAME", help="This figure alone; may be repeated (default: all)."),
    ] = None,
    row: OnlyRows = None,
    preset: PresetName = "laptop",
    seeds: Seeds = None,
    against: Against = "baseline",
    table: TruthTable = None,
    style: Annotated[
        str, typer.Option(help="paper, talk (set for a width: names for ids, small print below), or screen (as drawn).")
    ] = "screen",
    width: Annotated[
        str | None,
        typer.Option(
            help="Width, as 3.3in, 8.4cm or 240pt (default: 3.3in for paper, 6.8in for talk; "
            "for paper also 6.8in where 3.3in does not fit on a page)."
        ),
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help="png, svg or pdf, may be repeated (default: svg and png; paper pdf, talk png)."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of figures (default: plots/ of the clone).")] = None,
    results: Results = None,
    data: Data = None,
) -> None:
    """Draw studies' figures, with their numbers as CSV.

    The results table is written beside them as Markdown. Without a study, all studies with stored runs are drawn.
    Figures in style paper have their fonts embedded, 7 to 8 points at the given width; their files end in -paper, those
    of a talk in -talk.

    --row draws a part of one study's rows, in the folder --out: the figures in plots/ are of whole studies.

    Examples:

      supernet-bench plot

      supernet-bench plot baseline masking

      supernet-bench plot baseline --preset demo --out figures

      supernet-bench plot baseline --figure over-top-n --style paper --width 3.3in --format pdf

      supernet-bench plot masking --style talk

      supernet-bench plot masking --row baseline --row "no Skip" --style paper --out figures

      supernet-bench plot my_heuristic.py --against path-sampling:uniform --seeds 0-2
    """
    from rich.console import Console
    from rich.progress import track

    from bench.analysis.drawing import check_finished
    from bench.processes.parallel import in_processes
    from bench.runs.plan import plan, something_to_show
    from bench.runs.scored_on import needed_truth, truth_of
    from bench.scores.cache import scores_kept_in

    look = Look.asked(style, width, formats)
    if row and (len(studies or []) != 1 or out is None):
        raise BenchError(
            f"--row '{row[0]}' draws a part of the rows: name one study, and a folder with --out, as the figures in "
            "plots/ are of whole studies"
        )
    size = preset_with(preset, table)
    chosen = parse_seeds(seeds) if seeds is not None else None
    named = [find_study(spelled, beside=against) for spelled in studies or STUDIES.names()]
    planned = [
        (study, plan(study, size, chosen, results_folder(results), (), only(study, row or []))) for study in named
    ]
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
    known = list(dict.fromkeys(figure.name for study, _ in planned for figure in study.figures))
    for name in figures or []:
        if name not in known:
            raise unknown_name("figure", name, known, "these are the figures of what is drawn")
    for study, rows in planned:
        needed_truth(study, size)
        check_finished(study, rows, preset, seeds, results_folder(results))
    folders = results_folder(results), data_folder(data), plots_folder(out)
    with scores_kept_in(results_folder(results)):
        drawn = in_processes(lambda one: _drawn(*one, size, *folders, look, figures, named=bool(studies)), planned)
        for lines in track(
            drawn, "drawing", len(planned), console=Console(stderr=True), transient=True, auto_refresh=False
        ):
            typer.echo("\n".join(lines))


def _drawn(
    study: Study,
    rows: "list[PlannedRow]",
    size: Preset,
    results: Path,
    data: Path,
    out: Path,
    look: Look,
    figures: Sequence[str] | None,
    *,
    named: bool,
) -> list[str]:
    """Draw a study; return the lines to print. A study that was not asked for by name may lack its truth."""
    from bench.analysis.drawing import Drawing

    try:
        drawing = Drawing(study, rows, size, data)
    except UnknownName as error:
        if named:
            raise
        return [f"{study.name} is not drawn: {error}"]
    return draw_study(drawing, results, out, look, figures)


def draw_study(
    drawing: "Drawing", results: Path, out: Path, look: Look, names: Sequence[str] | None = None
) -> list[str]:
    """Draw a study's figures, or those with `names`; return the lines to print: missing seeds, damage, the files."""
    from bench.analysis.results_csv import results_csv
    from bench.analysis.results_table import result_rows
    from bench.cli.results_table import damaged_lines, markdown
    from bench.files import Content, make_folder, write_together
    from bench.runs.plan import trained_on
    from bench.runs.published import damaged_published, published_of
    from bench.runs.scored_on import usual_population

    study, rows, size, table = drawing.study, drawing.rows, drawing.size, drawing.table
    lines = []
    for planned in rows:
        finished, wanted = len(planned.seeds("done")), len(planned.runs)
        if finished < wanted:
            lines.append(f"{study.name}: {planned.row.name}: n={finished} of {wanted} seeds")
    damaged = damaged_lines(rows, damaged_published(results))
    lines += [f"{study.name}: {line}" for line in damaged]
    folder = make_folder(out / study.name / size.name)
    files: dict[Path, Content] = {}
    for figure in study.figures:
        if names and figure.name not in names:
            continue
        numbers = drawing.numbers(figure)
        if numbers.empty:
            lines.append(f"{study.name}: {figure.name} is not drawn: nothing of its rows is stored")
            continue
        files[folder / f"{figure.name}.csv"] = numbers.to_csv(index=False, float_format="%.6g")
        drawn = look.drawn(figure, numbers, drawing.caption)
        for suffix, content in drawn.files.items():
            path = folder / look.style.file(figure.name, suffix)
            files[path] = content
            lines.append(str(path))
        tallest = look.style.tallest
        if drawn.narrow is not None:
            lines.append(
                f"{study.name}: {figure.name} is {drawn.wide:g} in wide: at {look.style.width:g} in it is "
                f"{drawn.narrow:.1f} in tall and does not fit on a {look.style.sheet} ({tallest:g} in)"
            )
        if drawn.tall > tallest:
            lines.append(
                f"{study.name}: {figure.name} is {drawn.tall:.1f} in tall and does not fit on a {look.style.sheet} "
                f"({tallest:g} in); a greater --width or fewer rows (--row) make it shorter"
            )
    lines += [f"{study.name}: {line}" for line in drawing.frames.refused]
    population = usual_population(table, size)
    found_rows = result_rows(rows, table, population, published_of(table.truth, results))
    if any(row.by and row.n > 1 for row in found_rows):
        text = markdown(found_rows, table.truth, size.name, population.name, trained_on(rows), damaged, table.coverage)
    else:
        few = f"Truth `{table.truth}` holds fewer than two of the architectures that the supernets predict"
        text = "\n\n".join([f"{few}: no row is ranked.", *damaged]) + "\n"
    files[folder / "results.md"] = text
    files[folder / "results.csv"] = results_csv(found_rows)
    write_together(files)  # a full disk leaves the former figures beside the former numbers
    return [*lines, str(folder / "results.md")]
