"""`cancel`: ends the jobs of a study's runs and searches, or of a table's parts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.names import studies
from bench.cli.options import Against, Changes, Data, OnlyRows, PresetName, Results, Seeds
from bench.cli.plan import rows_of
from bench.cli.table_parts import journal_of, part_places
from bench.places import data_folder
from bench.study.named import find_study

if TYPE_CHECKING:
    from bench.runs.standing import Standing
    from bench.runs.store import Place


def register(app: typer.Typer) -> None:
    """Add the verb to the root command."""
    app.command("cancel")(cancel_study)


def cancel_study(
    study: Annotated[
        str,
        typer.Argument(
            metavar="STUDY|TABLE", help="A study, its Python file, or the table that is built.", autocompletion=studies
        ),
    ],
    preset: PresetName = "laptop",
    seeds: Seeds = None,
    row: OnlyRows = None,
    against: Against = "baseline",
    results: Results = None,
    changes: Changes = None,
    data: Data = None,
) -> None:
    """End the Slurm jobs of a study, or of a table's parts.

    Those of a study are of its runs and searches. What they have saved is kept.

    Examples:

      supernet-bench cancel baseline

      supernet-bench cancel baseline --preset paper --seeds 3-4

      supernet-bench cancel masking --row "no Zero, no Pool"

      supernet-bench cancel nb201/digits/test/30ep
    """
    from bench.runs.slurm.queue import cancel, check_slurm
    from bench.runs.standing import searching, standings_at
    from bench.runs.store import search_place

    there: dict[Path, tuple[str, Place, Standing]] = {}
    if "/" in study and not study.endswith(".py"):
        places = part_places(journal_of(study, data_folder(data)))
        check_slurm()
        parts = standings_at(places, certain=True)
        there = {
            place.folder: (f"part {place.folder.name}", place, parts[place.folder])
            for place in places
            if place.folder in parts
        }
    else:
        rows = rows_of(find_study(study, beside=against), preset, seeds, results, changes, row)
        check_slurm()
        every = [run for planned in rows for run in planned.runs]
        runs, searches = standings_at(every, certain=True), searching(rows, certain=True)  # jobs of done runs too
        for run in every:
            if run.folder in runs:
                there[run.folder] = (f"seed {run.seed}", run, runs[run.folder])
            if run.folder in searches:
                place = search_place(run)
                there[place.folder] = (f"searches on seed {run.seed}:", place, searches[run.folder])
    ours = [found for _, _, found in there.values() if found.job]
    cancel([found.job for found in ours])
    for label, at, found in there.values():
        if found.job:
            at.job_path.unlink(missing_ok=True)
        typer.echo(f"{label} was {found}" if found.job else f"{label} is {found}: no job of Slurm's")
    typer.echo(f"cancelled {len(ours)} job{'' if len(ours) == 1 else 's'}")
