"""`search`: what do searchers find on a trained supernet, and how good is it by the truth?"""

import math
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bench.cli.json_line import json_line
from bench.cli.launch import Where, cluster_of
from bench.cli.options import (
    Against,
    AsJson,
    Data,
    Device,
    Gpus,
    Hours,
    On,
    Parallel,
    Partition,
    PresetName,
    Results,
    Seeds,
    Settings,
    Wait,
    check_device,
    parse_seeds,
    preset_with,
)
from bench.cli.search_jobs import submit_searches
from bench.cli.search_study import search_study
from bench.errors import BenchError
from bench.places import data_folder, results_folder
from bench.registry import load_plugin
from bench.search.searchers import SEARCHERS, Searcher
from bench.study.named import find_row, find_study
from bench.study.study import STUDIES

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from bench.processes.progress import Step
    from bench.runs.search import Asked
    from bench.runs.store import Run
    from bench.scores.search import SearchScore
    from bench.search.problem import Problem
    from bench.study.study import Row, Study
    from bench.tables.table import Table


def register(app: typer.Typer) -> None:
    """Add the verb to the root command."""
    app.command("search")(search_rows)


def search_rows(
    row: Annotated[
        str,
        typer.Argument(metavar="STUDY|ROW|RUN", help="STUDY, STUDY:ROW, FILE.py, or the folder of a finished run."),
    ],
    by: Annotated[
        list[str] | None,
        typer.Option(
            help="A searcher of 'list searchers', or a file with your own; may be repeated (default: the study's "
            "searches, else evolution)."
        ),
    ] = None,
    budget: Annotated[int, typer.Option(min=1, help="Different architectures that each searcher may ask.")] = 1000,
    most: Annotated[
        list[str] | None, typer.Option("--max", metavar="COST=NUMBER", help="At most this cost; may be repeated.")
    ] = None,
    least: Annotated[
        list[str] | None, typer.Option("--min", metavar="COST=NUMBER", help="At least this cost; may be repeated.")
    ] = None,
    objective: Annotated[
        str | None,
        typer.Option(help="accuracy or negative-cross-entropy, then costs: accuracy,flops (default: the row's score)."),
    ] = None,
    seeds: Seeds = None,
    search_seeds: Annotated[str, typer.Option(help="Seeds of the searchers, e.g. 0-4.")] = "0-4",
    table: Annotated[str | None, typer.Option(help="The truth that scores (default: the study's).")] = None,
    preset: PresetName = "laptop",
    device: Device = "cpu",
    against: Against = "baseline",
    results: Results = None,
    data: Data = None,
    as_json: AsJson = False,
    on: On = "local",
    partition: Partition = None,
    hours: Hours = None,
    gpus: Gpus = None,
    parallel: Parallel = None,
    settings: Settings = None,
    wait: Wait = False,
) -> None:
    """Search on trained supernets; print what each searcher found and how good it is by the truth.

    A study that has searches of its own runs those on all its rows, unless --by names others. Every searcher gets the
    same budget, constraints, images and supernets. The supernet is asked only for what a searcher wants to know; if its
    weights are gone, its stored predictions answer. Searches are stored beside the run, and one that was stopped
    continues with the same command.

    --on slurm submits the searches that are not stored, one job per supernet; the same command prints what they found.

    Examples:

      supernet-bench search search-algorithms

      supernet-bench search baseline --by evolution --by random --budget 1000 --max flops=100e6

      supernet-bench search baseline --by nsga2 --by random --objective accuracy,flops --seeds 0-2

      supernet-bench search baseline --by my_searcher.py --by random --budget 300

      supernet-bench search search-algorithms --on slurm --partition gpu --gpus 1 --parallel 8
    """
    from bench.costs import open_costs
    from bench.recipe.preset import find_preset
    from bench.runs.scored_on import truth_of
    from bench.runs.search import open_asked, search_run, stored_search
    from bench.scores.search import score_search
    from bench.search.problem import Problem, parse_constraints
    from bench.tables.add_costs import published_costs

    cluster = cluster_of(
        Where(
            on=on,
            device=device,
            jobs=None,
            partition=partition,
            hours=hours,
            gpus=gpus,
            parallel=parallel,
            settings=settings,
            wait=wait,
        )
    )
    if cluster is None:
        check_device(device)
    threads = (os.cpu_count() or 1) if device == "cpu" else 1
    if not by and (study := _searching(row)):
        search_study(
            study,
            preset_with(preset, table),
            parse_seeds(seeds) if seeds is not None else None,
            device=device,
            threads=threads,
            results=results_folder(results),
            data=data_folder(data),
            as_json=as_json,
            cluster=cluster,
        )
        return
    searchers = _searchers(by or ["evolution"])
    own_seeds = parse_seeds(search_seeds)
    found = _found(row, preset, seeds, against, results_folder(results))
    folder = data_folder(data)
    constraints = parse_constraints(most or [], least or [])
    objectives = tuple(name.strip() for name in objective.split(",")) if objective else (found.row.score,)
    truth = _table(table or truth_of(found.study, find_preset(found.preset)), folder, named=table is not None)
    needed = [*objectives[1:], *(constraint.cost for constraint in constraints)]
    published = published_costs(truth) if truth else None
    space = found.runs[0].recipe.space
    if truth and truth.truth.space != space.slot_name():
        raise BenchError(f"table '{truth.name}' is of another space than row '{found.row.name}', {space.slot_name()}")
    costs = open_costs(space, folder, needed, [published] if published else [])
    problem = Problem(costs=costs, budget=budget, objectives=objectives, constraints=constraints)
    if cluster is not None:
        every = ((run, searcher, problem, seed) for run in found.runs for searcher in searchers for seed in own_seeds)
        submit_searches(cluster, every, row, found.preset, results_folder(results), folder)
    scored: dict[str, dict[int, list[SearchScore]]] = {searcher.slot_name(): {} for searcher in searchers}
    told, lines = [], []
    with search_progress() as progress:
        for run in found.runs:
            if run.status == "damaged":
                raise BenchError(run.damage)
            asked: Asked | None = None  # opened once it is needed: stored searches outlive the weights
            answers: dict[str, None] = {}
            for searcher in searchers:
                name = searcher.slot_name()
                task = progress.add_task(f"seed {run.seed}: {name}", total=len(own_seeds))
                scored[name][run.seed] = []
                for place, seed in enumerate(own_seeds):
                    report = partial(advance, progress, task, place)
                    result = stored_search(run, searcher, problem, seed)
                    if result is None:
                        asked = asked or open_asked(run, folder, device, lambda: threads)
                        result = search_run(run, searcher, problem, seed, asked, report=report)
                    answers[f"{result.who}, {result.asked.images} images of {result.asked.split}"] = None
                    score = score_search(result, problem, truth)
                    scored[name][run.seed].append(score)
                    lines.append(_line(run, name, seed, score, result.ended, result.who, problem))
                    progress.update(task, completed=place + 1)
            told.append(f"seed {run.seed}: asked: {' and '.join(answers)}")
    if as_json:
        about = {"row": found.row.name, "preset": found.preset, "truth": truth.name if truth else None}
        typer.echo(json_line({**about, **problem.describe(), "searches": lines}))
        return
    _print(found, scored, problem, truth, told)


def _searching(spelled: str) -> "Study | None":
    """Return the study that is named if it has searches of its own."""
    if ":" in spelled or not (spelled.endswith(".py") or spelled in STUDIES.names()):
        return None
    study = find_study(spelled)
    return study if study.searches else None


@dataclass(frozen=True)
class _Found:
    study: "Study"
    row: "Row"
    preset: str
    runs: "tuple[Run, ...]"


def _found(spelled: str, preset: str, seeds: str | None, against: str, results: Path) -> _Found:
    """Return the runs of a row, without `seeds` those that are done, or the run in a folder."""
    from bench.recipe.preset import find_preset
    from bench.runs.search import row_of_folder
    from bench.runs.store import RECORD, Run

    chosen = parse_seeds(seeds) if seeds is not None else None
    folder = Path(spelled)
    if (folder / RECORD).is_file():
        study, row, preset, seed = row_of_folder(folder)
        if chosen not in (None, (seed,)):
            raise BenchError(f"--seeds {seeds}, but {folder} is the run of seed {seed}; leave out --seeds")
        chosen, results = (seed,), folder.resolve().parents[2]
    elif folder.is_dir() and os.sep in spelled:
        raise BenchError(f"{folder} holds no finished run ({RECORD}); name a row, or the folder of a finished run")
    else:
        study, row = find_row(spelled, beside=against)
    recipe = row.filled(find_preset(preset))
    runs = tuple(Run(recipe, preset, seed, results) for seed in chosen or study.seeds)
    done = runs if chosen else tuple(run for run in runs if run.status == "done")
    if not done:
        raise BenchError(
            f"row '{row.name}' has no finished run at preset {preset} in {results}; train one with "
            f"'supernet-bench run {spelled.partition(':')[0]} --preset {preset}'"
        )
    return _Found(study, row, preset, done)


def _searchers(names: Sequence[str]) -> list[Searcher]:
    """Return the searchers that names and files mean; raises `BenchError` for a file without one."""
    found: list[str] = []
    for name in names:
        if not name.endswith(".py"):
            found.append(name)
            continue
        module = load_plugin(Path(name))
        own = [known for known in SEARCHERS.names() if SEARCHERS.get(known).__module__ == module.__name__]
        if not own:
            raise BenchError(f"{name} defines no searcher; derive a class from bench.search.searchers.Searcher")
        found += own
    return [SEARCHERS.get(name)() for name in dict.fromkeys(found)]


def _table(truth: Any, folder: Path, *, named: bool) -> "Table | None":
    """Return the truth's table; None if the study has no truth, or its table is not stored and was not asked for."""
    from bench.tables.catalog import open_table, table_paths

    if truth is None or (not named and str(truth) not in table_paths(folder)):
        return None
    return open_table(truth, folder)


def advance(progress: "Progress", task: "TaskID", searches: int, step: "Step") -> None:
    """Show the searches that are done, and the part of the current one."""
    progress.update(task, completed=searches + step.done / step.total)


@contextmanager
def search_progress() -> "Iterator[Progress]":
    """Yield the bars of searches, which vanish at the end."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield progress


def _line(
    run: "Run", name: str, seed: int, score: "SearchScore", ended: str, who: str, problem: "Problem"
) -> dict[str, Any]:
    numbers = ("predicted", "accuracy", "regret", "normalized_regret", "rank", "surpass_random", "hypervolume")
    shown = {number: getattr(score, number) for number in numbers}
    return {
        "searcher": name,
        "seed": run.seed,
        "search_seed": seed,
        "asked": score.asked,
        "answered_by": who,
        "ended": ended,
        "found": problem.space.spell(score.arch),
        "n": score.n,
        **shown,
    }


def _print(
    found: _Found,
    scored: "dict[str, dict[int, list[SearchScore]]]",
    problem: "Problem",
    truth: "Table | None",
    told: list[str],
) -> None:
    from rich.console import Console
    from rich.table import Table as Grid

    several = len(problem.objectives) > 1
    limits = "".join(f", {constraint}" for constraint in problem.constraints)
    title = (
        f"{found.row.name} at preset {found.preset}: {', '.join(problem.objectives)}{limits}, "
        f"budget {problem.budget:,}; truth {truth.name if truth else 'none'}"
    )
    grid = Grid(title=title, title_justify="left")
    heads = ["searcher", "seed", "asked", "found", "true accuracy ↑", "regret ↓", "rank ↓", "beats random ↑"]
    for heading in heads + ["hypervolume ↑"] * several:
        grid.add_column(heading, overflow="fold")
    names = ["accuracy", "regret", "rank", "surpass_random"] + ["hypervolume"] * several
    n = max(score.n for by_seed in scored.values() for scores in by_seed.values() for score in scores)
    ranges = {**RANGES, "rank": (1, n)}
    for name, by_seed in scored.items():
        for seed, scores in by_seed.items():
            arch, times = Counter(score.arch for score in scores).most_common(1)[0]
            spelled = problem.space.spell(arch) + (f" ({times} of {len(scores)})" if len(scores) > 1 else "")
            cells = [_over([getattr(score, number) for score in scores], ranges[number]) for number in names]
            grid.add_row(name, str(seed), f"{max(score.asked for score in scores):,}", spelled, *cells)
        if len(by_seed) > 1:
            means = [
                _over(
                    [_mean(getattr(score, number) for score in scores) for scores in by_seed.values()], ranges[number]
                )
                for number in names
            ]
            grid.add_row(name, "mean", "", f"{len(by_seed)} supernets", *means)
    console = Console(highlight=False, markup=False)
    console.width = max(console.width, 140)
    console.print(grid)
    console.print("[95 % interval] over search seeds, in rows of a mean over supernets (Student t)")
    if truth:
        console.print(f"of {n:,} architectures of the truth that meet the constraints; beats random: ten of them")
    else:
        console.print("no truth is stored for this row; 'supernet-bench data list' shows how to get one")
    for line in [*told, *(f"{name} asks all, whatever the budget" for name in scored if SEARCHERS.get(name).asks_all)]:
        console.print(line)


def _mean(values: Any) -> float:
    values = list(values)
    return sum(values) / len(values)


RANGES = {
    "accuracy": (0, 100),
    "regret": (0, 100),
    "surpass_random": (0, 1),
    "hypervolume": (0, 1),
}
"""Student's t is unbounded, these are not; nor are ranks, which end at the number of architectures."""


def _over(values: Sequence[float], within: tuple[float, float]) -> str:
    """Return the mean with its interval inside the possible values, `-` where it is unknown."""
    from bench.scores.interval import of_one_seed, over_seeds

    if not values or any(math.isnan(value) for value in values):
        return "-"
    value = over_seeds([of_one_seed(one, 0) for one in values])
    low, high = within
    interval = f" [{_spelled(max(value.low, low))},{_spelled(min(value.high, high))}]" if len(values) > 1 else ""
    return f"{_spelled(value.value)}{interval}"


def _spelled(number: float) -> str:
    return f"{number:,.0f}" if number >= 1_000 else f"{number:.4g}"
