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
    from bench.search.problem import Problem
    from bench.tables.table import Table

HEADINGS = ["row", "searcher", "true accuracy ↑", "regret ↓", "rank ↓", "beats random ↑", "supernets"]
NOTE = (
    "[95 % interval] over supernets (Student t), of the mean over search seeds, and over all that tie for the best "
    "score; n = {n:,} architectures of the truth; beats random: the measured fraction of random searches on the same "
    "supernet that find something truly worse, an equal one counts half; supernets: how many, times the searches on "
    "each, - if not searched"
)
COSTS = "{costs}: mean over what was found, of ties the first"
BESIDE = "; what was not searched and misses a limit has no rank among those that meet it"


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
    costs = _costs(lines, frames.found, planned)
    if how == "json":
        told = lines.join(costs.add_prefix("cost/")).to_dict(orient="records")
        about = {"study": study.name, "preset": size.name, "truth": str(table.truth)}
        typer.echo(json_line({**about, "found": told}))
        return
    _print(study, size, lines, costs, planned, how)
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


def _costs(lines: "pd.DataFrame", frame: "pd.DataFrame", planned: "Sequence[PlannedSearch]") -> "pd.DataFrame":
    """Return each constrained cost of what was found, a column each: the mean over search seeds, then over supernets.

    NaN where a search has no such constraint.
    """
    import pandas as pd

    from bench.scores.prediction_frame import genes_of

    names = dict.fromkeys(constraint.cost for one in planned for constraint in one.problem.constraints)
    if not names or frame.empty:
        return pd.DataFrame(index=lines.index, columns=list(names), dtype=float)
    problems = {(one.searching.name, one.row): one.problem for one in planned}
    keys = ["search", "row", "searcher", "truth"]
    last = frame.loc[frame.groupby([*keys, "seed", "search_seed"], sort=False).evaluation.idxmax()]
    parts = []
    for (search, row), part in last.groupby(["search", "row"], sort=False):
        problem, own = problems[str(search), str(row)], part[[*keys, "seed"]].copy()
        for constraint in problem.constraints:
            own[constraint.cost] = problem.costs.of(constraint.cost, genes_of(part.arch))
        parts.append(own)
    found = pd.concat(parts).reindex(columns=[*keys, "seed", *names])
    means = found.groupby([*keys, "seed"]).mean().groupby(keys).mean()
    return means.reindex(pd.MultiIndex.from_frame(lines[keys])).set_axis(lines.index)


def _print(
    study: Study,
    size: Preset,
    lines: "pd.DataFrame",
    costs: "pd.DataFrame",
    planned: "Sequence[PlannedSearch]",
    how: str = "table",
) -> None:
    """Print a table per search of the study; in a format other than "table" it is one, and the notes go to stderr."""
    own, every = lines[lines.truth == lines.truth.iloc[0]], []
    multiple = any(len(one.problem.objectives) > 1 for one in planned)
    for search, part in own.groupby("search", sort=False):
        problem = next(one.problem for one in planned if one.searching.name == search)
        limits = "".join(f", {constraint}" for constraint in problem.constraints)
        about = f"budget {problem.budget:,}{limits}; preset {size.name}, truth {part.truth.iloc[0]}"
        several = multiple if how != "table" else len(problem.objectives) > 1
        shown = list(dict.fromkeys(constraint.cost for constraint in problem.constraints))
        columns = shown if how == "table" else list(costs.columns)
        title = f"{study.name}, {search}: {about}"
        found = [
            [
                *_cells(line, several),
                *(_cost(name, float(costs[name][line.Index]), problem, searched=line.searches > 0) for name in columns),
            ]
            for line in part.itertuples()
        ]
        if how == "table":
            print_grid([*HEADINGS, *["hypervolume ↑"] * several, *columns], found, title)
        else:
            every += [[str(search), *cells] for cells in found]
            say(title, err=True)
        say(NOTE.format(n=part.n.max()), err=how != "table")
        if shown:
            unranked = BESIDE if ((part.searches == 0) & part["rank"].isna()).any() else ""
            say(COSTS.format(costs=", ".join(shown)) + unranked, err=how != "table")
    if how == "csv":
        every_line = own.join(costs.add_prefix("cost/"))
        typer.echo(spelled_csv(list(every_line.columns), every_line.to_numpy(dtype=object).tolist()))
    elif how != "table":
        print_grid(["search", *HEADINGS, *["hypervolume ↑"] * multiple, *costs.columns], every, how=how)


def _cost(name: str, value: float, problem: "Problem", *, searched: bool) -> str:
    """Return the cost of what was found, with a mark if it was not searched and lies outside of the limits."""
    if not math.isfinite(value):
        return "-"
    limits = [constraint for constraint in problem.constraints if constraint.cost == name]
    above, below = any(value > one.high for one in limits), any(value < one.low for one in limits)
    mark = "" if searched else ", above the limit" * above + ", below the limit" * below
    return f"{value:.4g}{mark}"


def _cells(line: Any, several: bool) -> list[str]:
    """Return what a searcher found on the supernets of a row; `several` objectives have a hypervolume."""
    return [
        str(line.row),
        str(line.searcher),
        _known(line.mean, ".2f") + (f" [{line.low:.2f},{line.high:.2f}]" if math.isfinite(line.low) else ""),
        _known(line.regret, ".2f"),
        _known(line.rank, ",.0f"),
        _known(line.beats_random, ".2f"),
        f"{line.supernets} x {line.searches}" if line.searches else "-",
        *([_known(line.hypervolume, ".3f")] if several else []),
    ]


def _known(number: float, spelled: str) -> str:
    return format(number, spelled) if math.isfinite(number) else "-"
