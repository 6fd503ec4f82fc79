"""Expected time of unfinished runs, from the timings of finished ones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.recipe.recipe import FilledRecipe
from bench.runs.plan import PlannedRow
from bench.runs.store import UNFINISHED, Run


@dataclass(frozen=True, kw_only=True)
class Work:
    """The work of training and of prediction, in a unit specific to the kind of space."""

    train: float
    predict: float


def work(recipe: FilledRecipe) -> Work:
    """Return the work of a filled recipe: images sent through sub-networks, times the work of one network.

    At the width of preset laptop a convolution is bound by memory, not by arithmetic, so `Construct.work` is linear in
    cells, channels and pixels. Computations shared in prediction are not considered.
    """
    images, paths, size = recipe.images, recipe.paths, recipe.construct.work
    passes = paths.per_update(recipe.space) if paths.same_batch else 1
    train = images.fraction * images.train * recipe.epochs * passes * size
    before = recipe.loss.trained_first(recipe)
    architectures = recipe.space.size if recipe.space.listable else 1  # else a constant
    per_arch = (images.held_out + recipe.norm.recalibration_images) * recipe.averaging.members
    return Work(train=train + (work(before).train if before else 0), predict=architectures * per_arch * size)


@dataclass(frozen=True, kw_only=True)
class Timing:
    """A finished run, and its seconds of training, including a teacher's, and of prediction."""

    run: Run
    train: float
    predict: float


def timing(run: Run) -> Timing:
    """Return the timing of a finished run."""
    seconds = run.read().record.seconds
    return Timing(run=run, train=sum(seconds.values()) - seconds["predict"], predict=seconds["predict"])


def minutes_left(rows: Sequence[PlannedRow], stored: Iterable[Run] = ()) -> dict[Path, float | None]:
    """Return the expected minutes of one worker for every unfinished run of the rows, by folder.

    A run is expected to take as long as other seeds of its recipe. If there are none, its time is its work times the
    time per work of the rows' finished runs in the same kind of space, else of the other `stored` runs, else None. A
    run shared by several rows is listed once.
    """
    runs = {run.folder: run for planned in rows for run in planned.runs}
    looked = {folder: run.status for folder, run in runs.items()}
    own = [timing(run) for folder, run in runs.items() if looked[folder] == "done"]
    others = {run.folder: run for run in stored if run.folder not in runs and run.status == "done"}
    elsewhere = [timing(run) for run in others.values()]
    same: dict[str, list[Timing]] = {}
    for known in (*own, *elsewhere):
        same.setdefault(known.run.hash, []).append(known)
    rates: dict[str, tuple[float, float] | None] = {}

    def minutes(run: Run) -> float | None:
        if run.hash in same:
            return float(np.mean([known.train + known.predict for known in same[run.hash]])) / 60
        space = run.recipe.space.slot_name()
        if space not in rates:
            rates[space] = _seconds_per_work(own, space) or _seconds_per_work(elsewhere, space)
        rate, wanted = rates[space], work(run.recipe)
        return (rate[0] * wanted.train + rate[1] * wanted.predict) / 60 if rate else None

    return {folder: minutes(run) for folder, run in runs.items() if looked[folder] in UNFINISHED}


def _seconds_per_work(timings: list[Timing], space: str) -> tuple[float, float] | None:
    """Return the seconds per work of training and of prediction in a kind of space, None if no run is of it."""
    alike = [known for known in timings if known.run.recipe.space.slot_name() == space]
    if not alike:
        return None
    done = [work(known.run.recipe) for known in alike]
    train = sum(known.train for known in alike) / sum(each.train for each in done)
    return train, sum(known.predict for known in alike) / sum(each.predict for each in done)
