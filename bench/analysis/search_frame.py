"""Stored searches -> tidy data frames, the only input of the figures of searches."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.recipe.preset import find_preset
from bench.runs.scored_on import usual_population
from bench.runs.search_plan import PlannedSearch
from bench.scores.best_so_far import best_so_far
from bench.scores.join import join
from bench.scores.metrics import METRICS
from bench.scores.metrics.search_value import DRAWS
from bench.scores.prediction_frame import arch_column
from bench.scores.score_run import score_run
from bench.scores.search import found_hypervolume
from bench.search.problem import Problem, non_dominated
from bench.search.result import SearchResult
from bench.tables.table import Table

if TYPE_CHECKING:
    import pandas as pd

SPARSE = "sparse-kendall-tau/truth-0.1%"
FINE, STEP = 10, 10
"""Every one of the first evaluations is a line, then every tenth, and the last."""
SEARCHES = (
    *("search", "row", "seed", "searcher", "search_seed", "truth", "evaluation", "asked", "budget"),
    *("arch", "cost", "score", "ties", "true", "best", "regret", "normalized", "rank", "surpass", "n", "ranking"),
    *("hypervolume", "bound"),
)
"""One line per search, truth, and number of evaluations: what the search has found until then.

`searcher` ran with `search_seed` on the supernet of `row` with `seed`. `score` is the best score so far, `arch` the
earliest architecture that has it, `cost` the constrained cost of that (the first; NaN without a constraint), `ties` the
number that do. `true` is its truth in percent, the mean over ties; `best`
is the best truth of all `n` architectures of the table that meet the constraints, `regret` the difference, in
percentage points, lower is better; `normalized` the same divided by `best` minus the mean of all. `rank` is 1 plus the
number of better ones, `surpass` the probability that ten random ones are all worse, both the mean over ties. Against
truths other than the study's, only the last evaluation has a line. `asked` is the number of architectures that the
search asked in all, `ranking` the sparse tau of the supernet's predictions of the usual population, by the study's
truth. `bound` is `best`, or 100 for a table that lacks architectures of the space, where something better than all
known ones may be found. `hypervolume`, for several objectives, is that of the front found in all, by its truths, 0 to
1, higher is better; NaN for one objective and before the last evaluation.

An architecture that stands beside a comparison (`Searching.beside`) has a line of its own under the first supernet, its
name as the searcher and no evaluation. It has no rank, NaN, if it misses the constraints.
"""
FRONTS = ("search", "row", "seed", "searcher", "search_seed", "member", "arch", "true", "predicted", "cost", "value")
"""One line per search of several objectives, architecture and cost: the front that the search found ("found"), and that
of the truth among all architectures that meet the constraints ("true"; once per comparison)."""


def searches_frame(searches: Sequence[PlannedSearch], tables: Sequence[Table]) -> "pd.DataFrame":
    """Return what every stored search found, against the study's table, the first, and others of the same space."""
    import pandas as pd

    parts: list[_Lines] = []
    known: dict[tuple[int, int], _Feasible] = {}
    rankings: dict[tuple[Path, str], float] = {}
    beside: set[tuple[str, str]] = set()
    for planned in searches:
        result = planned.stored
        if result is None:
            continue
        run = (planned.run.folder, planned.problem.objectives[0])
        if run not in rankings:
            rankings[run] = _ranking(planned, tables[0])
        for place, table in enumerate(tables):
            key = (id(planned.problem), place)
            known[key] = known.get(key) or _Feasible(planned.problem, table)
            lines = _lines(planned, result, known[key], table, last=place > 0)
            parts.append(lines | {"ranking": rankings[run]})
            told = (planned.searching.name, str(table.truth))
            if planned.searching.beside and told not in beside:
                beside.add(told)
                parts.append(_beside(planned, known[key], table))
    if not parts:
        return pd.DataFrame(columns=list(SEARCHES))
    return pd.DataFrame({name: np.concatenate([_column(part, name) for part in parts]) for name in SEARCHES})


_Lines = dict[str, Any]
"""Columns of lines by name, each an array or what is equal in all of the lines; `arch` is an array."""


def _column(lines: _Lines, name: str) -> np.ndarray:
    value = lines[name]
    if isinstance(value, np.ndarray):
        return value
    return np.full(len(lines["arch"]), value, dtype=object if isinstance(value, str) else None)


def _ranking(planned: PlannedSearch, table: Table) -> float:
    """Return the sparse tau of a run by the score that the search maximizes."""
    stored, population = planned.run.read(), usual_population(table, find_preset(planned.run.preset))
    joined = join(planned.row, stored.predictions.genes, stored.predictions.by(planned.problem.objectives[0]), table)
    return score_run(joined, table, population.of(planned.run.recipe.space)).value(METRICS.get(SPARSE))


class _Feasible:
    """The truths of all architectures of a table that meet a problem's constraints."""

    def __init__(self, problem: Problem, table: Table) -> None:
        self.rows = np.flatnonzero(problem.feasible(table.genes))
        self.sorted = np.sort(table.mean[self.rows])
        self.whole = table.whole

    @property
    def best(self) -> float:
        return float(self.sorted[-1]) if len(self.sorted) else float("nan")

    @property
    def bound(self) -> float:
        return self.best if self.whole else 100.0

    @property
    def mean(self) -> float:
        return float(self.sorted.mean()) if len(self.sorted) else float("nan")


def _lines(planned: PlannedSearch, result: SearchResult, feasible: _Feasible, table: Table, *, last: bool) -> _Lines:
    scores, genes = planned.problem.values(result.asked)[:, 0], result.asked.genes
    asked = len(scores)
    at_end = last or planned.searcher.asks_all
    if at_end and np.isfinite(scores).all():  # only the best at the end counts, and what ties with it
        best = np.flatnonzero(scores == scores.max())
        scores, genes = scores[best], genes[best]
    rows, known = table.rows(genes)
    truth = np.where(known, table.mean[rows], np.nan)
    n = len(feasible.sorted)
    worse = np.searchsorted(feasible.sorted, truth, side="left")
    better = n - np.searchsorted(feasible.sorted, truth, side="right")
    columns = np.stack([truth, better + 1.0, (worse / max(n, 1)) ** DRAWS], axis=1)
    columns[~known] = np.nan
    found = best_so_far(scores, columns)
    at = np.array([len(scores)]) if at_end else _evaluations(len(scores))
    true, rank, surpass = found.means[at - 1].T
    regret, spread = feasible.best - true, feasible.best - feasible.mean
    volume = np.full(len(at), np.nan)
    if len(planned.problem.objectives) > 1:
        volume[-1] = found_hypervolume(result, planned.problem, table, feasible.rows)
    return {
        "search": planned.searching.name,
        "row": planned.row,
        "seed": planned.run.seed,
        "searcher": planned.searcher.slot_name(),
        "search_seed": planned.seed,
        "truth": str(table.truth),
        "evaluation": np.array([asked]) if at_end else at,
        "asked": asked,
        "budget": planned.problem.budget,
        "arch": arch_column(genes[found.first[at - 1]]),
        "cost": _cost(planned.problem, genes[found.first[at - 1]]),
        "score": scores[found.first[at - 1]],
        "ties": found.ties[at - 1],
        "true": true,
        "best": feasible.best,
        "bound": feasible.bound,
        "regret": regret,
        "normalized": regret / spread if spread > 0 else np.zeros_like(regret),
        "rank": rank,
        "surpass": surpass,
        "n": n,
        "hypervolume": volume,
    }


def _cost(problem: Problem, genes: np.ndarray) -> np.ndarray:
    """Return the first constrained cost of architectures, NaN without a constraint."""
    if not problem.constraints:
        return np.full(len(genes), np.nan)
    return problem.costs.of(problem.constraints[0].cost, genes)


def _beside(planned: PlannedSearch, feasible: _Feasible, table: Table) -> _Lines:
    """Return a line for every architecture that stands beside the searches; NaN for what the table lacks."""
    space = planned.problem.space
    genes = np.array([space.parse(arch) for arch in planned.searching.beside.values()], dtype=np.int8)
    rows, known = table.rows(genes)
    true = np.where(known, table.mean[rows], np.nan)
    regret, spread = feasible.best - true, feasible.best - feasible.mean
    better = len(feasible.sorted) - np.searchsorted(feasible.sorted, true, "right")
    return {
        "search": planned.searching.name,
        "row": planned.row,
        "seed": planned.run.seed,
        "searcher": np.array(list(planned.searching.beside), dtype=object),
        "truth": str(table.truth),
        **dict.fromkeys(("search_seed", "evaluation", "asked", "budget"), 0),
        "arch": arch_column(genes),
        "cost": _cost(planned.problem, genes),
        "ties": 1,
        "true": true,
        "best": feasible.best,
        "bound": feasible.bound,
        "regret": regret,
        "normalized": regret / spread if spread > 0 else np.zeros_like(regret),
        "rank": np.where(known & planned.problem.feasible(genes), 1 + better, np.nan),
        "n": len(feasible.sorted),
        **dict.fromkeys(("score", "surpass", "ranking", "hypervolume"), np.nan),
    }


def _evaluations(count: int) -> np.ndarray:
    """Return the numbers of evaluations that have a line.

    >>> _evaluations(35).tolist()
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30, 35]
    """
    return np.unique([*range(1, min(FINE, count) + 1), *range(STEP, count + 1, STEP), count])


def fronts_frame(searches: Sequence[PlannedSearch], table: Table) -> "pd.DataFrame":
    """Return the fronts that searches for several objectives found, and those of the truth."""
    import pandas as pd

    parts: list[pd.DataFrame] = []
    told: set[int] = set()
    for planned in searches:
        problem = planned.problem
        if len(problem.objectives) < 2 or (result := planned.stored) is None:
            continue
        genes = result.asked.genes[result.front(problem)]
        predicted = result.asked.by(problem.objectives[0])[result.front(problem)]
        parts += _members(planned, "found", genes, predicted, table)
        if id(problem) not in told:
            told.add(id(problem))
            every = table.genes[problem.feasible(table.genes)]
            rows, _ = table.rows(every)
            costs = [-problem.costs.of(cost, every) for cost in problem.objectives[1:]]
            best = every[non_dominated(np.stack([table.mean[rows], *costs], axis=1))]
            parts += _members(planned, "true", best, np.full(len(best), np.nan), table)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(FRONTS))


def _members(
    planned: PlannedSearch, member: str, genes: np.ndarray, predicted: np.ndarray, table: Table
) -> "list[pd.DataFrame]":
    import pandas as pd

    rows, known = table.rows(genes)
    about = {
        "search": planned.searching.name,
        "row": planned.row,
        "seed": planned.run.seed,
        "searcher": planned.searcher.slot_name() if member == "found" else "",
        "search_seed": planned.seed,
        "member": member,
        "arch": arch_column(genes),
        "true": np.where(known, table.mean[rows], np.nan),
        "predicted": predicted,
    }
    costs = planned.problem.objectives[1:]
    return [pd.DataFrame({**about, "cost": cost, "value": planned.problem.costs.of(cost, genes)}) for cost in costs]
