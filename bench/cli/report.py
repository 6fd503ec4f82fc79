"""`report`: all stored rows, figures and answers on one page."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.options import Against, Ceilings, Data, OnlyStudies, PresetName, Results, TruthTable, preset_with
from bench.errors import ComparisonError, StoreError, UnknownName
from bench.places import data_folder, plots_folder, results_folder
from bench.study.named import find_study
from bench.study.study import STUDIES

if TYPE_CHECKING:
    from bench.report.content import Report
    from bench.study.claim import Claim
    from bench.tables.table import Table
    from bench.truth import Truth


def register(app: typer.Typer) -> None:
    """Add the verb to the root command."""
    app.command("report")(report)


def report(
    preset: PresetName = "laptop",
    studies: OnlyStudies = None,
    against: Against = "baseline",
    table: TruthTable = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The page (default: plots/report-<preset>.html, of a part of the studies ...-part.html)."),
    ] = None,
    figures: Annotated[
        bool, typer.Option("--figures/--no-figures", help="Also draw every figure into the page, which takes minutes.")
    ] = False,
    ceilings: Ceilings = None,
    results: Results = None,
    data: Data = None,
) -> None:
    """Write one self-contained HTML page of the results.

    It has a leaderboard, every question with its answer, and the claims of the papers.

    Studies whose truth is not stored are left out; without --out such a page does not replace that of all studies.

    Examples:

      supernet-bench report

      supernet-bench report --preset paper --out paper.html

      supernet-bench report --study masking --study path-sampling --figures

      supernet-bench report --ceiling nb201/cifar10/test/200ep@v1.1-seeds
    """
    from rich.filesize import decimal

    from bench.files import check_target, write_whole
    from bench.report.page import page
    from bench.study.claim import CLAIMS, OfRow

    whole = plots_folder(None) / f"report-{preset}.html"
    part = whole.with_stem(f"{whole.stem}-part")
    names = {find_study(spelled, beside=against).name for spelled in studies or []}
    claims = [one for one in CLAIMS.all() if not studies or (isinstance(one.test, OfRow) and one.test.study in names)]
    check_target(out or whole)
    found = reported(
        studies, preset, against, table, results, data, claims=claims, figures=figures, ceilings=ceilings or []
    )
    path = out or (part if studies or found.without_table else whole)
    check_target(path)
    write_whole(path, page(found))
    typer.echo(f"{path} ({decimal(path.stat().st_size)})")
    if path == part and whole.exists():
        typer.echo(f"{whole} is left as it is: it is of all studies; --out replaces it", err=True)


def reported(
    studies: list[str] | None,
    preset: str,
    against: str,
    table: str | None,
    results: Path | None,
    data: Path | None,
    *,
    claims: "Sequence[Claim]" = (),
    figures: bool = False,
    ceilings: Sequence[str] = (),
) -> "Report":
    """Return what is stored at a preset, with a progress bar; raises `BenchError` if that is nothing.

    `ceilings` name tables with training seeds, releases of the truths that are shown.
    """
    from functools import cache

    from rich.console import Console
    from rich.progress import track

    from bench.report.build import build
    from bench.runs.scored_on import truth_of
    from bench.scores.cache import scores_kept_in
    from bench.tables.catalog import open_table, truths

    size, folder = preset_with(preset, table), data_folder(data)
    known = [STUDIES.get(name) for name in STUDIES.names()]
    chosen = [find_study(spelled, beside=against) for spelled in studies or STUDIES.names()]

    def other_truths(truth: "Truth") -> "list[Truth]":
        """Return the truths of the same space, split and budget on other images."""
        return [other for other in truths(folder) if truth.on_other_images(other)]

    seeded = [open_table(name, folder) for name in ceilings]
    check_ceilings(seeded, [truth for study in chosen if (truth := truth_of(study, size)) is not None])
    shown = track(
        [*chosen, None], console=Console(stderr=True), description="drawing", transient=True, auto_refresh=False
    )
    steps = iter(shown)  # without a refresh thread, because processes are forked
    with scores_kept_in(results_folder(results)):
        found = build(
            chosen,
            size,
            results_folder(results),
            cache(lambda truth: open_table(truth, folder)),
            other_truths,
            advance=lambda study: next(steps, None),
            known=known,
            data=folder,
            claims=claims,
            figures=figures,
            seeded=seeded,
        )
    next(steps, None)
    if found.without_table and not found.parts:
        raise UnknownName(found.without_table[0])
    for line in found.without_table:
        typer.echo(f"not shown: {line}", err=True)
    if not (found.parts or found.without_truth or found.damaged):
        raise StoreError(
            f"no finished run at preset '{preset}' in {results_folder(results)}; "
            f"'supernet-bench run baseline --preset {preset}' makes one"
        )
    return found


def check_ceilings(seeded: "Sequence[Table]", truths: "Sequence[Truth]") -> None:
    """Raise `ComparisonError` for a table that is no release of the `truths`, or has one accuracy per architecture."""
    for table in seeded:
        if table.truth.plain not in {truth.plain for truth in truths}:
            names = ", ".join(sorted({str(truth) for truth in truths}))
            raise ComparisonError(f"--ceiling {table.truth}: no study shown has this truth; these have: {names}")
        if len(table.seeds) < 2:
            raise ComparisonError(
                f"--ceiling {table.truth}: the table has one accuracy per architecture, and a ceiling needs two "
                "training seeds; name a release with seeds"
            )
