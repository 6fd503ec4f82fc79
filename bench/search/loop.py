"""The one search loop: a searcher's batches are checked, counted, asked and kept."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.errors import BenchError, PluginError, StoreError, place_of
from bench.predict.predictions import Predictions
from bench.processes.progress import Step
from bench.registry import plugin_place
from bench.rng import stream
from bench.search.problem import Problem
from bench.search.searchers import Search, Searcher, for_several
from bench.types import Genes

Ask = Callable[[Genes], Predictions]
"""Returns the predictions of architectures, which do not depend on what else is asked."""

CHUNK = 200
"""Architectures of a batch that are asked at once, and lost at most where a search is killed."""
FRUITLESS = 1_000
"""Batches without a new architecture after which a search ends."""
ENDINGS = {
    "budget": "the budget was used up, or every architecture that meets the constraints was asked",
    "returned": "the searcher returned",
    "fruitless": f"{FRUITLESS:,} batches held no new architecture",
}


@dataclass(frozen=True, eq=False)
class Searched:
    """Every architecture asked, in order, with its scores, and the key of `ENDINGS` for why the search ended."""

    asked: Predictions
    ended: str


def search(
    searcher: Searcher,
    problem: Problem,
    ask: Ask,
    seed: int,
    *,
    known: Predictions | None = None,
    keep: Callable[[Predictions], None] | None = None,
    report: Callable[[Step], None] = lambda step: None,
) -> Searched:
    """Run a searcher until it has used the budget, and return what it asked.

    `known` is what a killed search has asked so far: the searcher runs on those scores first, and ends with the same
    bits. `keep` is called with everything asked after each chunk of a batch; without it a batch is asked at once.
    Raises `PluginError` if the searcher fails or yields what is not feasible, `RecipeError` if it cannot search for
    several objectives, and `StoreError` if it does not ask the `known` ones again.
    """
    if len(problem.objectives) > 1 and not searcher.several:
        raise PluginError(
            f"searcher '{searcher.slot_name()}' searches for one objective, not {', '.join(problem.objectives)}; "
            f"searchers for several: {', '.join(for_several())}"
        )
    limit = len(problem.everything()) if searcher.asks_all else problem.most
    log = _Log(searcher, problem, ask, limit, known, keep, report)
    generator: Search = searcher.search(problem, stream(seed, "search"))
    scores, fruitless = None, 0
    try:
        while fruitless < FRUITLESS:
            try:
                batch = next(generator) if scores is None else generator.send(scores)
            except StopIteration:
                return Searched(log.asked, "returned")
            except BenchError:
                raise
            except Exception as error:
                place = plugin_place(error) or place_of(type(searcher))
                raise PluginError(
                    f"searcher '{searcher.slot_name()}' ({place}) failed: {type(error).__name__}: {error}"
                ) from error
            before = len(log)
            scores = log.scores(batch)
            if len(log) == limit:
                return Searched(log.asked, "budget")
            fruitless = 0 if len(log) > before else fruitless + 1
        return Searched(log.asked, "fruitless")
    finally:
        generator.close()


class _Log:
    """What was asked so far, in order, and the place of each architecture in it."""

    def __init__(
        self,
        searcher: Searcher,
        problem: Problem,
        ask: Ask,
        limit: int,
        known: Predictions | None,
        keep: Callable[[Predictions], None] | None,
        report: Callable[[Step], None],
    ) -> None:
        self.searcher, self.problem, self.ask, self.limit = searcher, problem, ask, limit
        self.known, self.keep, self.report = known, keep, report
        self.parts: list[Predictions] = []
        self.places: dict[bytes, int] = {}

    def __len__(self) -> int:
        return len(self.places)

    @property
    def asked(self) -> Predictions:
        if not self.parts:
            raise PluginError(f"{self._who} asked nothing; its `search` must yield architectures")
        if len(self.parts) > 1:
            self.parts = [concatenated(self.parts)]
        return self.parts[0]

    def scores(self, batch: Any) -> np.ndarray | None:
        """Ask what is new in a batch, and return the scores of all its architectures; None once the limit is met."""
        genes = self._checked(batch)
        keys = self.problem.space.keys(genes).tolist()
        first = dict(zip(reversed(keys), reversed(range(len(keys))), strict=True))
        rows = sorted(row for key, row in first.items() if key not in self.places)[: self.limit - len(self)]
        chunk = CHUNK if self.keep else max(len(rows), 1)
        for start in range(0, len(rows), chunk):
            self._add(genes[rows[start : start + chunk]])
        if len(self) == self.limit:
            return None
        if not keys:
            return np.empty((0, len(self.problem.objectives)))
        return self.problem.values(_taken(self.asked, [self.places[key] for key in keys]))

    def _add(self, genes: Genes) -> None:
        done, count = len(self), len(genes)
        old = max(0, min(count, (len(self.known.genes) if self.known else 0) - done))
        if old and self.known is not None:
            again = _taken(self.known, range(done, done + old))
            if not np.array_equal(again.genes, genes[:old]):
                raise StoreError(
                    f"searcher '{self.searcher.slot_name()}' does not ask the same architectures as before its search "
                    "was stopped: it draws from another generator than `rng`, or its file was changed; remove the "
                    "unfinished search and run again"
                )
            self.parts.append(again)
        if old < count:
            self.parts.append(self._answered(genes[old:]))
        self.places.update(zip(self.problem.space.keys(genes).tolist(), range(done, done + count), strict=True))
        if old < count and self.keep:
            self.keep(self.asked)
        self.report(Step(self.searcher.slot_name(), len(self), self.limit, "architectures"))

    def _answered(self, genes: Genes) -> Predictions:
        answer = self.ask(genes)
        if not np.array_equal(answer.genes, genes):
            raise PluginError("what was asked answered for other architectures")
        return answer

    @property
    def _who(self) -> str:
        return f"searcher '{self.searcher.slot_name()}' ({place_of(type(self.searcher))})"

    def _checked(self, batch: Any) -> Genes:
        """Return a batch as a copy; raises `PluginError` unless it holds feasible architectures."""
        space = self.problem.space
        found = np.asarray(batch) if isinstance(batch, np.ndarray | list | tuple) else np.array(None)
        if found.ndim == 1 and not len(found):
            found = self.problem.none
        if found.ndim != 2 or found.shape[1] != space.decisions or found.dtype.kind not in "iu":
            got = f"{found.dtype} of shape {found.shape}" if isinstance(batch, np.ndarray) else type(batch).__name__
            raise PluginError(f"{self._who} yielded {got}; expected whole numbers of shape (archs, {space.decisions})")
        genes = found.astype(np.int8)
        inside = self.problem.feasible(genes) & (genes == found).all(axis=1)
        if not inside.all():
            row = np.flatnonzero(~inside)[:1]
            known = space.contains(genes[row]) & (genes[row] == found[row]).all()
            wrong, why = tuple(found[row[0]].tolist()), "misses a constraint" if known.all() else "is not in the space"
            raise PluginError(f"{self._who} yielded {wrong}, which {why}; keep those that `problem.feasible` admits")
        return genes


def concatenated(parts: list[Predictions]) -> Predictions:
    """Return predictions on the same images as one, in order."""
    first = parts[0]
    learned = [part.log_probability for part in parts if part.log_probability is not None]
    return Predictions(
        genes=np.concatenate([part.genes for part in parts]),
        accuracy=np.concatenate([part.accuracy for part in parts]),
        negative_cross_entropy=np.concatenate([part.negative_cross_entropy for part in parts]),
        images=first.images,
        split=first.split,
        seconds=sum(part.seconds for part in parts),
        log_probability=np.concatenate(learned) if len(learned) == len(parts) else None,
    )


def _taken(asked: Predictions, rows: Any) -> Predictions:
    rows = np.asarray(list(rows), dtype=int)
    return asked.taken(rows)
