"""The searches of a study: which are stored, and what each of them asked."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.costs import CostTable, open_costs
from bench.errors import BenchError, RecipeError, StoreError
from bench.recipe.preset import Preset, find_preset
from bench.runs.plan import PlannedRow
from bench.runs.search import answered_by_predictions, search_run, stored_search
from bench.runs.store import Run
from bench.search.problem import Problem
from bench.search.result import SearchResult
from bench.search.searchers import Searcher
from bench.spaces import Space
from bench.study.searching import Searching
from bench.study.study import Study
from bench.types import Arch, Genes


@dataclass(frozen=True, kw_only=True)
class PlannedSearch:
    """One search of a study: a searcher with a search seed, on the supernet of a finished run."""

    searching: Searching
    row: str
    run: Run
    searcher: Searcher
    seed: int
    problem: Problem

    @property
    def needs_no_file(self) -> bool:
        """Return whether the run's own predictions say what this search finds: it asks all, and they hold all."""
        return self.searcher.asks_all and answered_by_predictions(self.run) is not None

    @property
    def stored(self) -> SearchResult | None:
        """Return the stored search, or what the run's own predictions say of it; None if neither is there.

        Raises `StoreError` if the file is damaged or belongs to another run.
        """
        if self.searcher.asks_all and (asked := answered_by_predictions(self.run)) is not None:
            return search_run(self.run, self.searcher, self.problem, self.seed, asked, keep=False)
        return stored_search(self.run, self.searcher, self.problem, self.seed)


@dataclass(frozen=True)
class SearchPlan:
    """The searches of a study on its finished runs; `refused` has a line for every comparison that cannot be made."""

    searches: tuple[PlannedSearch, ...]
    refused: tuple[str, ...]


def plan_searches(
    searches: Sequence[Searching], rows: Sequence[PlannedRow], data: Path, published: Sequence[CostTable] = ()
) -> SearchPlan:
    """Return the searches on every finished run.

    Their preset may limit budget and search seeds. `published` are costs that the truth's table has. A comparison whose
    costs are not in `data`, or whose constraints nothing meets, is refused with its reason.
    """
    found: list[PlannedSearch] = []
    refused: list[str] = []
    sizes = {find_preset(run.preset) for planned in rows for run in planned.runs}
    for searching in (_limited(one, sizes) for one in searches):
        problems: dict[tuple[Space, str], Problem] = {}
        try:
            for planned in rows:
                for run in planned.having("done"):
                    key = (run.recipe.space, planned.row.score)
                    if key not in problems:
                        problems[key] = _problem(searching, *key, data, published)
                    found += _searches(searching, planned, run, problems[key])
        except BenchError as error:
            found = [one for one in found if one.searching is not searching]
            refused.append(f"search '{searching.name}': {error}")
    return SearchPlan(tuple(found), tuple(refused))


def _limited(searching: Searching, sizes: Iterable[Preset]) -> Searching:
    for size in sizes:
        searching = searching.at_most(size.asked, size.search_seeds)
    return searching


def _problem(searching: Searching, space: Space, score: str, data: Path, published: Sequence[CostTable]) -> Problem:
    return Problem(
        costs=open_costs(space, data, searching.needed_costs, published),
        budget=searching.budget,
        objectives=(score, *searching.costs),
        constraints=searching.constraints,
    )


def _searches(searching: Searching, planned: PlannedRow, run: Run, problem: Problem) -> Iterator[PlannedSearch]:
    for searcher in searching.by:
        for seed in searching.seeds[:1] if searcher.asks_all else searching.seeds:
            yield PlannedSearch(
                searching=searching, row=planned.row.name, run=run, searcher=searcher, seed=seed, problem=problem
            )


def found_by_searches(study: Study, rows: Sequence[PlannedRow], data: Path) -> list[Arch]:
    """Return what the stored searches of a study found, and what stands beside them, each once.

    Raises `StoreError` if no search is stored, and `RecipeError` for a study without searches.
    """
    if not study.searches:
        raise RecipeError(f"study '{study.name}' has no searches; name one that has ('supernet-bench show STUDY')")
    planned = plan_searches(study.searches, rows, data)
    found: dict[Arch, None] = {}
    for one in planned.searches:
        if (result := one.stored) is not None:
            found[tuple(result.asked.genes[result.best(one.problem)].tolist())] = None
    if not found:
        raise StoreError(
            f"no search of study '{study.name}' is stored; 'supernet-bench search {study.name}' makes them"
            + "".join(f"; {line}" for line in planned.refused)
        )
    beside = (study.baseline.space.parse(arch) for searching in study.searches for arch in searching.beside.values())
    return list(found | dict.fromkeys(beside))


def with_found(genes: Genes, found: Sequence[Arch], space: Space) -> Genes:
    """Return architectures and those found, each once; raises `RecipeError` for what is of another space."""
    archs = np.array(found, dtype=np.int8)
    if archs.shape[1] != space.decisions or not space.contains(archs).all():
        raise RecipeError(
            f"the searches found architectures of another space than '{space.slot_name()}'; name a table of theirs"
        )
    every = np.concatenate([genes, archs])
    return every[np.sort(np.unique(space.keys(every), return_index=True)[1])]
