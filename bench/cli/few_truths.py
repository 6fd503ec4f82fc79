"""`few-truths`: how well a few known truths rank the other architectures, with a supernet and without."""

import gzip
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.folded import say
from bench.cli.grid import Format, chosen_format, print_grid, spelled_grid
from bench.cli.options import (
    AsJson,
    Data,
    PresetName,
    Results,
    RowsOfOneTruth,
    Seeds,
    TruthTable,
    parse_seeds,
    preset_with,
)
from bench.errors import BenchError, ComparisonError, StoreError, unknown_name
from bench.places import data_folder, results_folder
from bench.study.named import find_row, find_study
from bench.truth import labelled

if TYPE_CHECKING:
    import pandas as pd

    from bench.recipe.preset import Preset
    from bench.runs.plan import PlannedRow
    from bench.study.study import Study
    from bench.tables.table import Table

NAME = "few-truths"
MOST_DRAWS = 1_000
METRIC_TITLES = {"tau": "tau-b ↑", "precision": "P@5% ↑", "worth": "worth, in truths"}
ABOUT = (
    "[95 % interval]: over draws (bootstrap) and seeds (Student t), added in quadrature. Worth, in truths: how many "
    "truths without a supernet rank as well, by tau-b; its interval holds every number from which it is not "
    "distinguishable"
)


def register(app: typer.Typer) -> None:
    """Add the verb to the root command."""
    app.command(NAME)(few_truths)


def few_truths(
    rows: RowsOfOneTruth,
    preset: PresetName = "laptop",
    seeds: Seeds = None,
    table: TruthTable = None,
    known: Annotated[
        str | None, typer.Option(metavar="TABLE", help="Know the truths of this stored table instead, e.g. your own.")
    ] = None,
    within: Annotated[
        str | None,
        typer.Option(metavar="POPULATION", help="Draw from this population and score its others (default: halves)."),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(help="ridge, gaussian-process, gradient-boosting; may be repeated (default: the first two)."),
    ] = None,
    counts: Annotated[str | None, typer.Option(help="Numbers of truths (default: 20,40,80,160,320,640,1280).")] = None,
    draws: Annotated[int, typer.Option(help="How often truths are drawn.")] = 20,
    out: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Also write figure, table and numbers.")] = None,
    results: Results = None,
    data: Data = None,
    as_json: AsJson = False,
    shown_as: Format = "table",
) -> None:
    """Say how many known truths a supernet is worth.

    A model of a few known truths ranks the others, with the supernet and without.

    The model knows the choices of the canonical architecture, its costs, and the ranks that the supernet gives. Truths
    are drawn from the population `design`; the population `confirmation` is scored, both among the architectures that
    all supernets predict.

    Examples:

      supernet-bench few-truths best-recipe

      supernet-bench few-truths baseline "best-recipe:best recipe" --model ridge

      supernet-bench few-truths baseline --known nb201/digits/test/30ep --counts 20,40,60
    """
    from rich.console import Console
    from rich.progress import Progress

    from bench.analysis.few_truths import comparable, curves, draws_frame, question
    from bench.analysis.predicted import predicted_by_all
    from bench.few_truths.draws import COUNTS
    from bench.few_truths.models import MODELS, USUAL
    from bench.files import Content, check_target, make_folder, write_together
    from bench.tables.catalog import open_table

    how, models = chosen_format(shown_as, as_json), list(dict.fromkeys(model or USUAL))
    for name in models:
        if name not in MODELS:
            raise unknown_name("model", name, MODELS, "--model takes one of them")
    if not 2 <= draws <= MOST_DRAWS:
        raise BenchError(f"--draws {draws}; allowed: 2 to {MOST_DRAWS:,}")
    wanted = COUNTS if counts is None else parsed_counts(counts)
    size = preset_with(preset, table)
    stem = NAME if known is None else f"{NAME}-{known.replace('/', '-')}"  # beside those of the truth's own
    if out is not None:
        for name in ("csv", "md", "svg", "png"):
            check_target(make_folder(out) / f"{stem}.{name}")
    study, truth, planned = planned_of(rows, size, seeds, results_folder(results))
    scored_on = open_table(truth, data_folder(data))
    own = open_table(known, data_folder(data)) if known else None
    for line in (line for one in planned for line in one.damaged()):
        typer.echo(line, err=True)
    kept, left_out = comparable(planned, scored_on)
    for line in left_out:
        typer.echo(line, err=True)
    if not kept:
        raise StoreError(
            f"'{' '.join(rows)}' has no finished run on the whole space at preset '{preset}' in "
            f"{results_folder(results)}; 'supernet-bench run {study.name} --preset {preset}' makes one"
        )
    predicted = predicted_by_all(kept, scored_on)
    asked = question(scored_on, known=own, within=within, predicted=predicted)
    total = draws * (1 + sum(len(one.having("done")) for one in kept))
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("drawing truths", total=total)
        drawn = draws_frame(
            kept, scored_on, asked, models=models, counts=wanted, draws=draws, advance=lambda: progress.advance(bar)
        )
    lines = curves(drawn)
    of_draws = about_draws(scored_on, own, within, int(lines.n.min()), draws, int(predicted.sum()))
    about = f"Truth {labelled(f'`{scored_on.name}`', scored_on.coverage)}: {of_draws}"
    if how == "json":
        typer.echo(json.dumps(json.loads(lines.replace(math.inf, "more").to_json(orient="records"))))
    else:
        if how == "csv":
            typer.echo(lines.to_csv(index=False, float_format="%.6g"), nl=False)
        for metric in METRIC_TITLES if how != "csv" else ():
            print_grid(*grid(lines, metric), METRIC_TITLES[metric] if how == "table" else "", how)
        say(f"{about}. {ABOUT}", err=how != "table")
        if said := headline(lines):
            say(said, err=how != "table")
    if out is not None:
        files: dict[str, Content] = {
            "-draws.csv.gz": gzip.compress(drawn.to_csv(index=False).encode(), mtime=0),
            ".csv": lines.to_csv(index=False, float_format="%.6g"),
            ".md": markdown(lines, about),
            **_pictures(lines, study, scored_on, size, kept, of_draws),
        }
        write_together({out / f"{stem}{ending}": content for ending, content in files.items()})


def parsed_counts(text: str) -> tuple[int, ...]:
    """Return the numbers of truths in a text such as "20,40"; raises `BenchError` for anything else.

    >>> parsed_counts("40,20")
    (20, 40)
    """
    parts = [part.strip() for part in text.split(",")]
    for part in parts:
        if not (part.isascii() and part.isdecimal() and len(part) < 7 and int(part) >= 2):
            raise BenchError(f"--counts {text}: '{part}'; allowed: whole numbers from 2, such as 20,40,80")
    return tuple(sorted({int(part) for part in parts}))


def planned_of(
    spelled: list[str], size: "Preset", seeds: str | None, results: Path
) -> "tuple[Study, str, list[PlannedRow]]":
    """Return the first study, the truth and the rows of all that is named; raises `ComparisonError` for two truths."""
    from bench.runs.plan import plan
    from bench.runs.scored_on import needed_truth

    chosen = parse_seeds(seeds) if seeds is not None else None
    planned, truths, first = [], [], None
    for name in spelled:
        study = find_study(name.partition(":")[0])
        first = first or study
        truths.append(str(needed_truth(study, size)))
        found = plan(study, size, chosen, results)
        if ":" in name:
            wanted = find_row(name, beside="baseline")[1]
            found = [one for one in found if one.row.name == wanted.name]
        planned += found
    if len(set(truths)) > 1:
        listed = ", ".join(f"'{name}' against {truth}" for name, truth in zip(spelled, truths, strict=True))
        raise ComparisonError(f"{listed} cannot share a figure; name rows of one truth, or the table (--table)")
    assert first is not None, "Typer asks for at least one"
    return first, truths[0], planned


def about_draws(table: "Table", known: "Table | None", within: str | None, n: int, draws: int, predicted: int) -> str:
    """Return what was drawn and scored, in words; supernets predict `predicted` of the table's architectures."""
    source = f"random architectures of `{known.label}`" if known else f"random ones of `{within or 'design'}`"
    scored = f"the others of `{within}`" if within else "`confirmation`"
    among = (
        f"; both among the {predicted:,} architectures that supernets predict" if predicted < len(table.genes) else ""
    )
    return f"known ones are {source}, {draws} draws; scored on {scored}, n = {n:,}{among}"


def grid(lines: "pd.DataFrame", metric: str) -> tuple[list[str], list[list[str]]]:
    """Return headings and lines of one of `METRIC_TITLES`: a row per model and row, a column per number of truths."""
    from bench.analysis.few_truths import WITHOUT
    from bench.cli.results_table import short

    counts = sorted(set(lines["count"]))
    shown = lines if metric != "worth" else lines[lines.row != WITHOUT]
    found = []
    for (model, row), part in shown.groupby(["model", "row"], sort=False):
        by_count = part.set_index("count")
        cells = []
        for count in counts:
            value, low, high = (float(by_count.loc[count, f"{metric}{end}"]) for end in ("", "_low", "_high"))
            spelled = _truths(counts) if metric == "worth" else short
            bounds = "undefined" if math.isnan(low) else f"{spelled(low)},{spelled(high)}"
            cells.append(f"{spelled(value)} [{bounds}]")
        seeds = int(part.seeds.max())
        found.append([str(row), str(model), str(seeds) if seeds else "-", *cells])
    return ["row", "model", "seeds", *(f"{count:,} truths" for count in counts)], found


def headline(lines: "pd.DataFrame") -> str:
    """Return what the row and model of highest tau-b are worth at the middle number of truths; empty if unknown."""
    from bench.analysis.few_truths import WITHOUT
    from bench.cli.results_table import short

    counts = sorted(set(lines["count"]))
    count = counts[(len(counts) - 1) // 2]
    at = lines[(lines["count"] == count) & (lines.row != WITHOUT) & lines.worth.notna()]
    if at.empty:
        return ""
    best = at.loc[at.tau.idxmax()]
    [alone] = lines[(lines["count"] == count) & (lines.row == WITHOUT) & (lines.model == best.model)].tau
    if best.worth in (0, math.inf):
        worth = f"more than {counts[-1]:,}" if best.worth else f"fewer than {counts[0]:,}"
    else:
        spelled, low, high = (_truths(counts)(float(best[f"worth{end}"])) for end in ("", "_low", "_high"))
        worth = f"{spelled} [{low},{high}]"
    return (
        f"In short: {count:,} random truths and '{best.row}' ({best.model}) rank as well as {worth} truths without a "
        f"supernet; tau-b {short(best.tau)} against {short(alone)} at {count:,}"
    )


def _truths(counts: list[int]) -> Callable[[float], str]:
    """Return how a number of truths is written: two digits are known of it. Commas stand between two numbers."""

    def spelled(number: float) -> str:
        if number == 0:
            return f"<{counts[0]}"
        if math.isinf(number):
            return f">{counts[-1]}"
        return f"{float(f'{number:.2g}'):.0f}"

    return spelled


def markdown(lines: "pd.DataFrame", about: str) -> str:
    """Return the curves as Markdown, as docs/results.md shows them."""
    parts = [
        f"{title[:1].upper()}{title[1:]}:\n\n{spelled_grid(*grid(lines, metric), 'markdown')}"
        for metric, title in METRIC_TITLES.items()
    ]
    return "\n\n".join([*parts, f"{about}. {ABOUT}."]) + "\n"


def _pictures(
    lines: "pd.DataFrame", study: "Study", table: "Table", size: "Preset", rows: "list[PlannedRow]", about: str
) -> dict[str, bytes]:
    """Return the figure as SVG and PNG, by ending."""
    from bench.analysis.few_truths import WITHOUT
    from bench.figures.few_truths import draw_few_truths
    from bench.figures.figure import Caption
    from bench.figures.style import few_colours, plain_style
    from bench.runs.plan import asked_on, trained_on
    from bench.study.colours import RowColours
    from bench.study.study import STUDIES

    colours = RowColours(STUDIES.all()).of(study)
    caption = Caption(table.truth, size.name, asked_on(rows), trained_on(rows), colours, table.coverage)
    vectors, pixels = io.BytesIO(), io.BytesIO()
    with plain_style(salt=NAME):
        halves = "; design and confirmation are the two halves of the space" if "`confirmation`" in about else ""
        drawn = draw_few_truths(lines, caption, WITHOUT, about.replace("`", "") + halves)
        drawn.savefig(vectors, format="svg", metadata={"Date": None})
        few_colours(drawn, 160).save(pixels, format="png", optimize=True)
    return {".svg": vectors.getvalue(), ".png": pixels.getvalue()}
