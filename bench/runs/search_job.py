"""The searches on one supernet as work for another process, on a node of a cluster."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from bench.processes.claim import HELD, claimed
from bench.processes.progress import Step
from bench.runs.search import open_asked, search_run, stored_search
from bench.runs.store import Run, search_place
from bench.search.problem import Problem
from bench.search.searchers import Searcher


@dataclass(frozen=True)
class SearchJob:
    """Searches on the supernet of a finished run, one after the other: searcher, problem and search seed of each."""

    label: str
    run: Run
    searches: tuple[tuple[Searcher, Problem, int], ...]
    data: Path
    device: str
    plugins: tuple[Path, ...] = ()

    @property
    def folder(self) -> Path:
        """Return the folder of the searches."""
        return search_place(self.run).folder

    def moved(self, to: Callable[[Path], Path]) -> "SearchJob":
        """Return the same searches with every path replaced by what `to` returns for it."""
        return replace(self, run=replace(self.run, results=to(self.run.results)), data=to(self.data))

    def execute(self, *, cores: Callable[[], int], report: Callable[[Step], None], say: Callable[[str], None]) -> str:
        """Make the searches that are not stored; a run on a CPU answers with as many threads as there are `cores`."""
        with claimed(search_place(self.run).lock) as other:
            if other is not None:
                return f"{HELD} ({other})"
            asked = open_asked(self.run, self.data, self.device, lambda: cores() if self.device == "cpu" else 1)
            for searcher, problem, seed in self.searches:
                if stored_search(self.run, searcher, problem, seed) is None:
                    search_run(self.run, searcher, problem, seed, asked, report=report)
        return "searched"


def search_jobs(
    searches: Iterable[tuple[Run, Searcher, Problem, int]], data: Path, device: str, plugins: tuple[Path, ...]
) -> list[SearchJob]:
    """Return one job per run with all of its searches."""
    by_run: dict[Path, tuple[Run, list[tuple[Searcher, Problem, int]]]] = {}
    for run, searcher, problem, seed in searches:
        by_run.setdefault(run.folder, (run, []))[1].append((searcher, problem, seed))
    return [
        SearchJob(f"searches, seed {run.seed}", run, tuple(wanted), data, device, plugins)
        for run, wanted in by_run.values()
    ]
