"""`confirm`: rows on the half of the architectures that is kept for confirmation, and on other truths."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.few_truths import planned_of
from bench.cli.folded import say
from bench.cli.grid import Format, chosen_format, print_grid, spelled_grid
from bench.cli.options import Data, PresetName, Results, RowsOfOneTruth, Seeds, TruthTable, preset_with
from bench.errors import StoreError
from bench.places import data_folder, results_folder

if TYPE_CHECKING:
    from bench.analysis.confirmed import ConfirmedRow
    from bench.tables.table import Table

SHOWN = ("kendall-tau-b", "precision-at-top/5%", "tau-with-size", "tau-among-equal-size", "tau-added-to-size")


def register(app: typer.Typer) -> None:
    """Add the verb to the root command."""
    app.command("confirm")(confirm)


def confirm(
    rows: RowsOfOneTruth,
    preset: PresetName = "laptop",
    seeds: Seeds = None,
    table: TruthTable = None,
    ceiling: Annotated[
        str | None, typer.Option(metavar="TABLE", help="A stored release of the truth with seeds, for its ceiling.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE.md", help="Also write the table as Markdown.")] = None,
    results: Results = None,
    data: Data = None,
    shown_as: Format = "table",
) -> None:
    """Score rows on the architectures kept for confirmation.

    That is the population `confirmation`; tau-b on the truths of other images stands beside it.
    Design recipes on the population `design` (compare and score take --population); report these numbers.

    Examples:

      supernet-bench confirm best-recipe

      supernet-bench confirm baseline "best-recipe:best recipe" --format markdown
    """
    from bench.analysis.confirmed import confirmed_rows
    from bench.files import check_target, write_whole
    from bench.scores.cache import scores_kept_in
    from bench.tables.catalog import open_table, open_truths_beside

    how, size = chosen_format(shown_as, False), preset_with(preset, table)
    if out is not None:
        check_target(out)
    study, truth, planned = planned_of(rows, size, seeds, results_folder(results))
    for line in (line for one in planned for line in one.damaged()):
        typer.echo(line, err=True)
    if not any(one.having("done") for one in planned):
        raise StoreError(
            f"'{' '.join(rows)}' has no finished run at preset '{preset}' in {results_folder(results)}; "
            f"'supernet-bench run {study.name} --preset {preset}' makes one"
        )
    scored_on = open_table(truth, data_folder(data))
    beside = open_truths_beside(scored_on.truth, data_folder(data))
    seeded = open_table(ceiling, data_folder(data)) if ceiling else None
    with scores_kept_in(results_folder(results)):
        found = confirmed_rows(planned, scored_on, beside, seeded)
    headings, lines = confirmed_grid(found, beside)
    if how == "csv":
        typer.echo(confirmed_csv(found), nl=False)
    else:
        print_grid(headings, lines, how=how)
    say(about(scored_on, seeded, preset, found), err=how != "table")
    if out is not None:
        text = spelled_grid(headings, lines, "markdown")
        write_whole(out, f"{text}\n\n{about(scored_on, seeded, preset, found)}\n")


def confirmed_grid(found: "list[ConfirmedRow]", beside: "list[Table]") -> tuple[list[str], list[list[str]]]:
    """Return headings and lines: a line per row, a column per metric and per other truth."""
    from bench.analysis.results_words import heading
    from bench.cli.results_table import short
    from bench.figures.figure import DATASET_TITLES

    known = [name for name in SHOWN if any(name in row.scores for row in found)]
    titles = [DATASET_TITLES.get(other.truth.dataset, other.truth.dataset) for other in beside]
    usual = found[0].n
    lines = []
    for row in found:
        values = [row.scores.get(name) for name in known] + [row.others.get(other.truth) for other in beside]
        cells = ["-" if value is None else value.spelled(short) for value in values]
        lines.append([row.label if row.n == usual else f"{row.label} (n = {row.n:,})", row.seeds, *cells])
    return ["row", "seeds", *(heading(name) for name in known), *(f"tau-b, {title} ↑" for title in titles)], lines


def confirmed_csv(found: "list[ConfirmedRow]") -> str:
    """Return a line per row and metric, as the file results.csv has; tau-b on another truth is named after it."""
    from bench.analysis.results_csv import results_csv
    from bench.analysis.results_table import ResultRow

    lines = []
    for row in found:
        others = {f"kendall-tau-b on {truth}": value for truth, value in row.others.items()}
        lines.append(ResultRow(name=row.label, seeds=row.seeds, n=row.n, scores={**row.scores, **others}))
    return results_csv(lines)


def about(table: "Table", seeded: "Table | None", preset: str, found: "list[ConfirmedRow]") -> str:
    """Return the caption of the table."""
    from bench.analysis.confirmed import ABOUT_HALVES
    from bench.analysis.results_words import ABOUT_INTERVALS
    from bench.spaces import SPACES

    ceiling = f" Ceiling: of `{seeded.label}`." if seeded else ""
    size = SPACES.get(table.truth.space).size_cost
    return (
        f"Truth `{table.label}`, preset `{preset}`, n = {found[0].n:,}. {ABOUT_HALVES}. [95 % interval]: "
        f"{ABOUT_INTERVALS.split(';')[0]}. Size: {size}. Added to size: how much higher tau-b is for the mean of two "
        f"ranks, by prediction and by size, than for size.{ceiling}"
    )
