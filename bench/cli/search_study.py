"""The searches of a study: run those that are not stored, and print what they found."""

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from bench.cli.folded import say
from bench.cli.grid import chosen_format, print_grid, spelled_csv
from bench.cli.json_line import json_line
from bench.cli.search_jobs import submit_searches
from bench.cli.search_progress import advance, search_progress
from bench.errors import BenchError, StoreError
from bench.recipe.preset import Preset
from bench.study.study import Study

if TYPE_CHECKING:
    import pandas as pd

    from bench.analysis.frames import Frames
    from bench.cli.slurm import Slurm
    from bench.runs.search import Asked
    from bench.runs.search_plan import PlannedSearch
    from bench.tables.table import Table

HEADINGS = ["row", "searcher", "true accuracy ↑", "regret ↓", "rank ↓", "beats random ↑", "supernets"]


def search_study(
    study: Study,
    size: Preset,
    seeds: tuple[int, ...] | None,
    *,
    device: str,
    threads: int,
    results: Path,
    data: Path,
    as_json: bool,
    shown_as: str = "table",
    cluster: "Slurm | None" = None,
) -> None:
    """Run the searches of a study on all its finished supernets, and print what each searcher found."""
    from bench.analysis.frames import Frames
    from bench.runs.plan import plan
    from bench.runs.scored_on import stored_table
    from bench.tables.catalog import open_truths_beside

    how = chosen_format(shown_as, as_json)
    table = stored_table(study, size, data)
    rows = plan(study, size, seeds, results)
    frames = Frames(study, rows, [table, *open_truths_beside(table.truth, data)] if table else [], data)
    for line in [*frames.planned.refused, *(line for row in rows for line in row.damaged())]:
        typer.echo(line, err=True)
    planned = frames.planned.searches
    if not planned:
        if frames.planned.refused:
            raise BenchError(f"no search of study '{study.name}' can be made: {frames.planned.refused[0]}")
        raise StoreError(
            f"no finished run of study '{study.name}' at preset '{size.name}' in {results}; "
            f"'supernet-bench run {study.name} --preset {size.name}' makes them"
        )
    if cluster is not None:
        every = ((one.run, one.searcher, one.problem, one.seed) for one in planned if not one.needs_no_file)
        submit_searches(cluster, every, study.name, size.name, results, data)
        frames = Frames(study, rows, [table, *open_truths_beside(table.truth, data)] if table else [], data)
        planned = frames.planned.searches
    unasked = _run_missing(planned, study.name, device, threads, data)
    if unasked and all(one.stored is None for one in planned):
        raise unasked[0]
    for error in unasked:
        typer.echo(error, err=True)
    for row in rows:
        if len(row.seeds("done")) < len(row.runs):
            typer.echo(f"{row.row.name}: {len(row.seeds('done'))} of {len(row.runs)} supernets are trained", err=True)
    _show(study, size, planned, frames, table, how)
    if unasked:
        raise typer.Exit(1)


def _run_missing(
    planned: "Sequence[PlannedSearch]", name: str, device: str, threads: int, data: Path
) -> list[StoreError]:
    """Run the searches that are not stored; returns why a supernet cannot be asked, for each of those."""
    from bench.runs.search import open_asked, search_run

    asked: dict[Path, Asked] = {}
    unasked: dict[Path, StoreError] = {}
    with search_progress() as progress:
        task = progress.add_task(name, total=len(planned))
        for place, one in enumerate(planned):
            progress.update(task, description=f"{one.row}, seed {one.run.seed}: {one.searcher.slot_name()}")
            if one.run.folder not in unasked and one.stored is None:
                try:
                    if one.run.folder not in asked:
                        asked.clear()  # one supernet at a time is held in memory
                        asked[one.run.folder] = open_asked(one.run, data, device, lambda: threads)
                except StoreError as error:
                    unasked[one.run.folder] = error
                    continue
                step = partial(advance, progress, task, place)
                search_run(one.run, one.searcher, one.problem, one.seed, asked[one.run.folder], report=step)
            progress.update(task, completed=place + 1)
    return list(unasked.values())


def _show(
    study: Study, size: Preset, planned: "Sequence[PlannedSearch]", frames: "Frames", table: "Table | None", how: str
) -> None:
    """Print what every searcher found, by the truth if there is one."""
    from bench.figures.found import numbers
    from bench.runs.scored_on import unscored

    if table is None:
        _print_unscored(study, size, planned, how)
        say(unscored(study, size), err=how != "table")
        return
    lines = numbers(frames.found, {})
    if how == "json":
        told = lines.to_dict(orient="records")
        about = {"study": study.name, "preset": size.name, "truth": str(table.truth)}
        typer.echo(json_line({**about, "found": told}))
        return
    _print(study, size, lines, planned, how)
    own = lines[(lines.truth == str(table.truth)) & lines["mean"].isna()]
    if len(own):
        names = ", ".join(dict.fromkeys(f"{line.row}, {line.searcher}" for line in own.itertuples()))
        say(f"table '{table.name}' lacks some of what was found ({names}); {_rebuild(study, size)}", err=how != "table")


def _rebuild(study: Study, size: Preset) -> str:
    if not study.built:
        return "it has no mean there"
    return f"'supernet-bench table build ... --found {study.name} --preset {size.name}' trains what is new"


def _print_unscored(study: Study, size: Preset, planned: "Sequence[PlannedSearch]", how: str) -> None:
    """Print what every search found, by the supernet alone."""
    found = []
    for one in planned:
        if (result := one.stored) is None:
            continue
        best = result.best(one.problem)
        score = float(result.asked.by(one.problem.objectives[0])[best])
        arch = one.problem.space.spell(tuple(result.asked.genes[best].tolist()))
        about = {"search": one.searching.name, "row": one.row, "seed": one.run.seed}
        told = {"searcher": one.searcher.slot_name(), "search_seed": one.seed, "asked": len(result.asked.genes)}
        found.append({**about, **told, "score": score, "found": arch})
    if how == "json":
        typer.echo(json_line({"study": study.name, "preset": size.name, "truth": None, "found": found}))
        return
    headings = ["search", "row", "seed", "searcher", "search seed", "asked", "score ↑", "found"]
    lines = [[f"{one:.4g}" if isinstance(one, float) else str(one) for one in line.values()] for line in found]
    print_grid(headings, lines, f"{study.name}; preset {size.name}; no truth", how)


def _print(
    study: Study, size: Preset, lines: "pd.DataFrame", planned: "Sequence[PlannedSearch]", how: str = "table"
) -> None:
    """Print a table per search of the study; in a format other than "table" it is one, and the notes go to stderr."""
    own, every = lines[lines.truth == lines.truth.iloc[0]], []
    multiple = any(len(one.problem.objectives) > 1 for one in planned)
    for search, part in own.groupby("search", sort=False):
        problem = next(one.problem for one in planned if one.searching.name == search)
        limits = "".join(f", {constraint}" for constraint in problem.constraints)
        about = f"budget {problem.budget:,}{limits}; preset {size.name}, truth {part.truth.iloc[0]}"
        several = multiple if how != "table" else len(problem.objectives) > 1
        title, found = f"{study.name}, {search}: {about}", [_cells(line, several) for line in part.itertuples()]
        if how == "table":
            print_grid(HEADINGS + ["hypervolume ↑"] * several, found, title)
        else:
            every += [[str(search), *cells] for cells in found]
            say(title, err=True)
        say(
            f"[95 % interval] over supernets (Student t), of the mean over search seeds; n = {part.n.max():,} "
            "architectures of the truth; beats random: the fraction of random searches on the same supernet that find "
            "something truly worse; supernets: how many, times the searches on each, - if not searched",
            err=how != "table",
        )
    if how == "csv":
        typer.echo(spelled_csv(list(own.columns), own.to_numpy(dtype=object).tolist()))
    elif how != "table":
        print_grid(["search", *HEADINGS, *["hypervolume ↑"] * multiple], every, how=how)


def _cells(line: Any, several: bool) -> list[str]:
    """Return what a searcher found on the supernets of a row; `several` objectives have a hypervolume."""
    return [
        str(line.row),
        str(line.searcher),
        f"{line.mean:.2f}" + (f" [{line.low:.2f},{line.high:.2f}]" if math.isfinite(line.low) else ""),
        f"{line.regret:.2f}",
        f"{line.rank:,.0f}",
        f"{line.beats_random:.2f}" if math.isfinite(line.beats_random) else "-",
        f"{line.supernets} x {line.searches}" if line.searches else "-",
        *([f"{line.hypervolume:.3f}" if math.isfinite(line.hypervolume) else "-"] if several else []),
    ]
