"""Searches on a finished run, stored beside it: `search/<searcher>-<hash>-s<seed>.h5`."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bench.errors import RecipeError, StoreError
from bench.files import file_sha256
from bench.predict.predictions import Predictions
from bench.processes.progress import Step
from bench.recipe.preset import find_preset
from bench.runs.recent import Recent, signature
from bench.runs.store import CHECKPOINT, RECORD, Run, read_record
from bench.search.asking import Remembering, StoredAnswers
from bench.search.loop import Ask, search
from bench.search.problem import Problem
from bench.search.result import (
    STORED,
    UNFINISHED,
    WEIGHTS,
    SearchResult,
    check_result,
    read_result,
    result_path,
    write_result,
)
from bench.search.searchers import Searcher
from bench.slot import describe
from bench.spaces import Space
from bench.study.study import STUDIES, Row, Study

SECONDS = 5.0
"""Seconds between two writes of an unfinished search."""
MOST_KEPT = 50_000_000
"""Bytes of searches that a process keeps once it has read them."""
_recent: Recent[SearchResult] = Recent(MOST_KEPT, lambda found: found.asked.nbytes)


@dataclass(frozen=True)
class Asked:
    """Who answers for a run: `who` is `WEIGHTS`, of the sha256 `weights`, or `STORED`.

    `run` is the sha256 of its predictions.
    """

    ask: Ask
    who: str
    weights: str | None
    run: str


def open_asked(run: Run, data: Path, device: str = "cpu", threads: Callable[[], int] = lambda: 1) -> Asked:
    """Return who answers for a finished run: its trained supernet, or, if its checkpoint is gone, its predictions.

    Raises `StoreError` if the run is not done, or has no checkpoint and no predictions of its whole space.
    """
    asked = check_asked(run)
    if asked is None:
        digest = str(run.read().record.predictions["sha256"])
        space, saved = run.recipe.space, run.folder / CHECKPOINT
        from bench.predict.trained import TrainedSupernet
        from bench.sample.images.image_files import open_images

        images = open_images(run.recipe.images.dataset, data)
        trained = TrainedSupernet.load(saved, run.recipe, images, run.seed, device)
        ask = Remembering(lambda genes: trained.ask(genes, threads=threads), space, trained.log_probability)
        return Asked(ask, WEIGHTS, file_sha256(saved), digest)
    return asked


def check_asked(run: Run) -> Asked | None:
    """Return the stored predictions of a finished run if they must answer, None if its weights are there.

    Raises `StoreError` as `open_asked` does.
    """
    if run.status != "done":
        why = run.damage if run.status == "damaged" else f"{run.folder} is {run.status}"
        raise StoreError(f"{why}; a search needs a finished run ('supernet-bench run')")
    if (run.folder / CHECKPOINT).is_file():
        return None
    stored, space = run.read(), run.recipe.space
    if (asked := answered_by_predictions(run)) is None:
        raise StoreError(
            f"{run.folder} has no {CHECKPOINT}, and its predictions are {len(stored.predictions.genes):,} of "
            f"{space.size:,} architectures; a search needs the weights, or the predictions of the whole space: train "
            "it into another folder (--results FOLDER) and search there"
        )
    return asked


def answered_by_predictions(run: Run) -> Asked | None:
    """Return the stored predictions of a finished run as who answers; None if they are not of the whole space."""
    stored, space = run.read(), run.recipe.space
    answers = _answers_of(run)
    if not space.listable or not answers.has(space.enumerate()):
        return None
    return Asked(answers, STORED, None, str(stored.record.predictions["sha256"]))


def _answers_of(run: Run) -> StoredAnswers:
    return _sorted(run.read().predictions, run.recipe.space)


@lru_cache(maxsize=8)
def _sorted(predictions: Predictions, space: Space) -> StoredAnswers:
    """Return who answers, kept for the next search on the same predictions: sorting them takes 4 ms."""
    return StoredAnswers(predictions, space)


def stored_search(run: Run, searcher: Searcher, problem: Problem, seed: int) -> SearchResult | None:
    """Return the stored search, for which nobody need answer any more; None if there is none.

    Raises `StoreError` if it is damaged or belongs to another run.
    """
    path = result_path(run.folder, searcher, problem, seed)
    if not path.is_file():
        return None
    of = str(run.read().record.predictions["sha256"])
    found = _recent.get(
        (path, signature(path), of), lambda: read_result(path, of, lambda genes: _answers_of(run)(genes))
    )
    check_result(found, path, searcher, problem, seed)
    return found


def search_run(
    run: Run,
    searcher: Searcher,
    problem: Problem,
    seed: int,
    asked: Asked,
    *,
    report: Callable[[Step], None] = lambda step: None,
    seconds: float = SECONDS,
    keep: bool = True,
) -> SearchResult:
    """Run a search, continuing one that was stopped, and store it unless `keep` is False.

    An unfinished search is written beside it as `.partial`, at most every so many `seconds`. Raises `StoreError` if
    that is damaged, or asked other weights.
    """
    path = result_path(run.folder, searcher, problem, seed)
    unfinished = path.with_name(f"{path.name}.partial")
    known = None
    if keep and unfinished.is_file():
        before = read_result(unfinished, asked.run, lambda genes: _answers_of(run)(genes))
        check_result(before, unfinished, searcher, problem, seed)
        if (before.who, before.weights) != (asked.who, asked.weights):
            raise StoreError(f"{unfinished} asked other weights than {run.folder} has now; remove it to search again")
        known = before.asked

    def result(found: Predictions, ended: str) -> SearchResult:
        return SearchResult(
            searcher=describe(searcher),
            seed=seed,
            problem=problem.describe(),
            run=asked.run,
            who=asked.who,
            weights=asked.weights,
            ended=ended,
            asked=found,
        )

    written = time.monotonic()

    def save(found: Predictions) -> None:
        nonlocal written
        if time.monotonic() - written >= seconds:
            write_result(result(found, UNFINISHED), unfinished)
            written = time.monotonic()

    found = search(searcher, problem, asked.ask, seed, known=known, keep=save if keep else None, report=report)
    done = result(found.asked, found.ended)
    if keep:
        write_result(done, path)
        unfinished.unlink(missing_ok=True)
    return done


def row_of_folder(folder: Path) -> tuple[Study, Row, str, int]:
    """Return the study and row of a run's folder, its preset and its seed; raises `RecipeError` if no study has it."""
    record = read_record(folder / RECORD)
    preset = find_preset(record.preset)
    for name in STUDIES.names():
        study = STUDIES.get(name)
        for row in study.rows:
            if row.filled(preset).hash == record.recipe_hash:
                return study, row, record.preset, record.seed
    raise RecipeError(
        f"{folder} has the recipe {record.recipe_hash}, which no row of a study has; load its file with --plugin, or "
        "name the row"
    )
