"""`bias`: which choices a supernet ranks too high or too low."""

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.folded import say
from bench.cli.grid import Format, chosen_format, print_grid
from bench.cli.names import studies
from bench.cli.options import AsJson, Data, PresetName, Results, Seeds, TruthTable, parse_seeds, preset_with
from bench.errors import BenchError, StoreError
from bench.places import data_folder, results_folder
from bench.study.named import find_row, find_study

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".svg", ".png", ".csv")


def register(app: typer.Typer) -> None:
    """Add the verb to the root command."""
    app.command("bias")(show_bias)


def show_bias(
    row: Annotated[
        str,
        typer.Argument(
            metavar="STUDY[:ROW]", help="A study, one of its rows, or a Python file.", autocompletion=studies
        ),
    ],
    preset: PresetName = "laptop",
    seeds: Seeds = None,
    table: TruthTable = None,
    out: Annotated[Path | None, typer.Option(help="Also write FILE.svg or FILE.png (heat map), or FILE.csv.")] = None,
    results: Results = None,
    data: Data = None,
    as_json: AsJson = False,
    shown_as: Format = "table",
) -> None:
    """Show which choices a supernet ranks too high or too low.

    That is the mean rank error of every choice of every decision, in percent: + is ranked too high.

    Examples:

      supernet-bench bias best-recipe

      supernet-bench bias "best-recipe:best recipe" --out bias.png

      supernet-bench bias baseline --format csv
    """
    from bench.analysis.frame import predictions_frame
    from bench.figures.bias import BIAS, numbers
    from bench.figures.figure import Caption
    from bench.figures.style import plain_style
    from bench.files import write_whole
    from bench.runs.plan import asked_on, plan, trained_on
    from bench.runs.scored_on import needed_table

    how = chosen_format(shown_as, as_json)
    if out is not None and out.suffix not in SUFFIXES:
        raise BenchError(f"--out {out}; allowed endings: {', '.join(SUFFIXES)}")
    size, chosen = preset_with(preset, table), parse_seeds(seeds) if seeds is not None else None
    study = find_study(row.partition(":")[0])
    rows = plan(study, size, chosen, results_folder(results))
    if ":" in row:
        wanted = find_row(row, beside="baseline")[1]
        rows = [planned for planned in rows if planned.row.name == wanted.name]
    truth = needed_table(study, size, data_folder(data))
    for line in (line for planned in rows for line in planned.damaged()):
        typer.echo(line, err=True)
    lines = numbers(predictions_frame(rows, truth))
    if lines.empty and any(planned.seeds("done") for planned in rows):
        raise StoreError(
            f"'{row}' has finished runs, but their predictions hold too few architectures of {truth.label} to tell a "
            "bias; name a study whose runs predict those of its truth"
        )
    if lines.empty:
        raise StoreError(
            f"'{row}' has no finished run at preset '{preset}' in {results_folder(results)}; "
            f"'supernet-bench run {study.name} --preset {preset}' makes one"
        )
    as_csv = lines.to_csv(index=False, float_format="%.6g")
    if how == "json":
        typer.echo(json.dumps(json.loads(lines.to_json(orient="records"))))
    elif how == "csv":
        typer.echo(as_csv, nl=False)
    else:
        _print(lines, truth.label, preset, how)
    if out is None:
        return
    if out.suffix == ".csv":
        write_whole(out, as_csv)
        return
    drawn = io.BytesIO()
    caption = Caption(truth.truth, size.name, asked_on(rows), trained_on(rows), {}, truth.coverage)
    with plain_style(salt=BIAS.name):
        undated = {"Date": None} if out.suffix == ".svg" else {}
        BIAS.draw(lines, caption).savefig(drawn, format=out.suffix[1:], dpi=160, metadata=undated)
    write_whole(out, drawn.getvalue())


def _print(lines: "pd.DataFrame", truth: str, preset: str, how: str) -> None:
    """Print a table per row, choices by decisions; in a format other than "table" it is one, and the rest on stderr."""
    err = how != "table"
    say(f"truth {truth}, preset {preset}, connected architectures; mean rank error, %: + is ranked too high", err=err)
    decisions = list(dict.fromkeys(lines.decision))
    every: list[list[str]] = []
    for row, part in lines.groupby("row", sort=False):
        n, seeds, share = part.n.iloc[0], part.seeds.iloc[0], part.share.iloc[0]
        title = f"{row}: n = {n:,}, seeds: {seeds}; {100 * share:.0f} % of the error's variance is additive in these"
        errors = part.pivot(index="choice", columns="decision", values="error")
        told = []
        for choice in dict.fromkeys(part.choice):
            shown = (errors.loc[choice, decision] for decision in decisions)
            told.append([str(choice), *("-" if error != error else f"{error:+.1f}" for error in shown)])
        if how == "table":
            print_grid(["", *map(str, decisions)], told, title, numbers=True)
        else:
            say(title, err=True)
            every += [[str(row), *cells] for cells in told]
    if how != "table":
        print_grid(["row", "choice", *map(str, decisions)], every, how=how)
