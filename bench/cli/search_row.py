"""The searches on the supernets of a row, or of the run in a folder: those that are not stored are made."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench.cli.options import parse_seeds
from bench.cli.search_progress import advance, search_progress
from bench.errors import BenchError
from bench.study.named import find_row

if TYPE_CHECKING:
    from bench.runs.search import Asked
    from bench.runs.store import Run
    from bench.scores.search import SearchScore
    from bench.search.problem import Constraint, Problem
    from bench.search.searchers import Searcher
    from bench.study.study import Row, Study
    from bench.tables.table import Table
    from bench.truth import Truth


@dataclass(frozen=True)
class RowRuns:
    """A row of a study, and its finished runs at a preset."""

    study: "Study"
    row: "Row"
    preset: str
    runs: "tuple[Run, ...]"


@dataclass(frozen=True, kw_only=True)
class Search:
    """What one search found: a searcher with a seed of its own on the supernet of a seed.

    `ended` says why the search ended, `who` answered it.
    """

    searcher: str
    supernet: int
    seed: int
    score: "SearchScore"
    ended: str
    who: str


@dataclass(frozen=True, kw_only=True)
class Searched:
    """The searches on a row's supernets for one problem, scored by `truth`; `asked` says of each supernet who answered.

    Without a truth only what the supernets predict is known.
    """

    row: str
    preset: str
    problem: "Problem"
    truth: "Table | None"
    searches: tuple[Search, ...]
    asked: tuple[str, ...]


def runs_of(spelled: str, preset: str, seeds: str | None, against: str, results: Path) -> RowRuns:
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
    return RowRuns(study, row, preset, done)


def stored_truth(truth: "Truth | str | None", folder: Path, *, named: bool) -> "Table | None":
    """Return the truth's table; None if the study has no truth, or its table is not stored and was not asked for."""
    from bench.tables.catalog import open_table, table_paths

    if truth is None or (not named and str(truth) not in table_paths(folder)):
        return None
    return open_table(truth, folder)


def problem_of(
    found: RowRuns,
    truth: "Table | None",
    data: Path,
    budget: int,
    objectives: tuple[str, ...],
    constraints: "tuple[Constraint, ...]",
) -> "Problem":
    """Return the problem in the space of a row; raises `BenchError` if the truth is of another space."""
    from bench.costs import open_costs
    from bench.search.problem import Problem, check_objectives
    from bench.tables.add_costs import published_costs

    check_objectives(objectives)  # before a score is looked for among the costs
    needed = [*objectives[1:], *(constraint.cost for constraint in constraints)]
    published = published_costs(truth) if truth else None
    space = found.runs[0].recipe.space
    if truth and truth.truth.space != space.slot_name():
        raise BenchError(f"table '{truth.name}' is of another space than row '{found.row.name}', {space.slot_name()}")
    costs = open_costs(space, data, needed, [published] if published else [])
    return Problem(costs=costs, budget=budget, objectives=objectives, constraints=constraints)


def search_row(
    found: RowRuns,
    searchers: "Sequence[Searcher]",
    problem: "Problem",
    seeds: Sequence[int],
    truth: "Table | None",
    *,
    data: Path,
    device: str,
    threads: int,
) -> Searched:
    """Return what every searcher found with every one of its seeds; raises `BenchError` for a damaged run."""
    from bench.runs.search import open_asked, search_run, stored_search
    from bench.scores.search import score_search

    searches, told = [], []
    with search_progress() as progress:
        for run in found.runs:
            if run.status == "damaged":
                raise BenchError(run.damage)
            asked: Asked | None = None  # opened once it is needed: stored searches outlive the weights
            answers: dict[str, None] = {}
            for searcher in searchers:
                name = searcher.slot_name()
                task = progress.add_task(f"seed {run.seed}: {name}", total=len(seeds))
                for place, seed in enumerate(seeds):
                    report = partial(advance, progress, task, place)
                    result = stored_search(run, searcher, problem, seed)
                    if result is None:
                        asked = asked or open_asked(run, data, device, lambda: threads)
                        result = search_run(run, searcher, problem, seed, asked, report=report)
                    answers[f"{result.who}, {result.asked.images} images of {result.asked.split}"] = None
                    score = score_search(result, problem, truth)
                    one = Search(
                        searcher=name, supernet=run.seed, seed=seed, score=score, ended=result.ended, who=result.who
                    )
                    searches.append(one)
                    progress.update(task, completed=place + 1)
            told.append(f"seed {run.seed}: asked: {' and '.join(answers)}")
    return Searched(
        row=found.row.name,
        preset=found.preset,
        problem=problem,
        truth=truth,
        searches=tuple(searches),
        asked=tuple(told),
    )
