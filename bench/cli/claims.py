"""`claims`: what the papers claim, and what the stored runs say of it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from bench.cli.folded import say
from bench.cli.grid import FORMATS, print_grid, spelled_grid
from bench.cli.options import Data, PresetName, Results
from bench.errors import BenchError
from bench.places import data_folder, results_folder
from bench.recipe.preset import find_preset


def register(app: typer.Typer) -> None:
    """Add the verb to the root command."""
    app.command("claims")(show_claims)


def show_claims(
    preset: PresetName = "laptop",
    form: Annotated[
        str | None,
        typer.Option("--format", help=f"{', '.join(FORMATS)} (default: table on a terminal, else markdown)."),
    ] = None,
    paper: Annotated[str | None, typer.Option(help="Only claims of papers whose name contains this.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write this file instead of printing.")] = None,
    results: Results = None,
    data: Data = None,
) -> None:
    """Show what the stored runs say of the papers' claims.

    Claims that are not tested yet are shown too.

    Examples:

      supernet-bench claims

      supernet-bench claims --paper "Single path one-shot"

      supernet-bench claims --format csv --out claims.csv
    """
    from functools import cache

    from bench.files import check_target, write_whole
    from bench.report.claims import judge
    from bench.report.claims_table import ABOUT, HEADINGS, comma_separated, counts, document
    from bench.scores.cache import scores_kept_in
    from bench.study.claim import CLAIMS
    from bench.tables.catalog import open_table

    form = form or ("table" if out is None and sys.stdout.isatty() else "markdown")
    if form not in FORMATS:
        raise BenchError(f"--format {form}; allowed: {', '.join(FORMATS)}")
    if form == "table" and out is not None:
        raise BenchError(f"--format table, but {out} is a file; allowed for a file: {', '.join(FORMATS[1:])}")
    chosen = [claim for claim in CLAIMS.all() if (paper or "").lower() in claim.paper.lower()]
    if not chosen:
        known = ", ".join(dict.fromkeys(claim.paper for claim in CLAIMS.all()))
        raise BenchError(f"--paper '{paper}' is in no name of a paper; these are known: {known}")
    if out is not None:
        check_target(out)
    size, folder = find_preset(preset), data_folder(data)
    with scores_kept_in(results_folder(results)):
        judged = judge(chosen, size, results_folder(results), cache(lambda truth: open_table(truth, folder)), folder)
    if form == "table":
        print_grid(HEADINGS, [one.cells for one in judged], f"{counts(judged)}; preset {size.name}")
        say(f"{ABOUT}.")
        return
    if form in ("latex", "json"):
        text = spelled_grid(HEADINGS, [one.cells for one in judged], form) + "\n"
    else:
        text = comma_separated(judged) if form == "csv" else document(judged, size.name)
    if out is None:
        typer.echo(text, nl=False)
    else:
        write_whole(out, text)
        typer.echo(str(out))
