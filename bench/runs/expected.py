"""What unfinished runs will take, from the timings of finished ones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.recipe.recipe import FilledRecipe
from bench.runs.plan import PlannedRow
from bench.runs.store import UNFINISHED, Run


@dataclass(frozen=True, kw_only=True)
class Work:
    """How much a recipe asks for, in a unit of its own kind of space: training, and prediction."""

    train: float
    predict: float


def work(recipe: FilledRecipe) -> Work:
    """Return the work of a filled recipe: images sent through sub-networks, times the work of one network.

    At the width of a laptop's supernet memory, and not arithmetic, bounds a convolution, so that `Construct.work`
    counts cells, channels and pixels once each. What neighbours share in prediction is left out.
    """
    images, paths, size = recipe.images, recipe.paths, recipe.construct.work
    passes = paths.per_update(recipe.space) if paths.same_batch else 1
    train = images.fraction * images.train * recipe.epochs * passes * size
    before = recipe.loss.trained_first(recipe)
    architectures = recipe.space.size if recipe.space.listable else 1  # else as many as the table holds
    asked = (images.held_out + recipe.norm.recalibration_images) * recipe.averaging.members
    return Work(train=train + (work(before).train if before else 0), predict=architectures * asked * size)


@dataclass(frozen=True, kw_only=True)
class Timing:
    """A finished run's recipe and its seconds of training, a teacher's among them, and of prediction."""

    run: Run
    train: float
    predict: float


def timing(run: Run) -> Timing:
    """Return what a finished run took."""
    seconds = run.read().record.seconds
    return Timing(run=run, train=sum(seconds.values()) - seconds["predict"], predict=seconds["predict"])


def minutes_left(rows: Sequence[PlannedRow], stored: Iterable[Run] = ()) -> dict[Path, float | None]:
    """Return the expected minutes of one worker for every unfinished run of the rows, by its folder.

    A run is taken to cost what other seeds of its recipe took. Without one it costs, for its work, what the finished
    runs of the rows cost in the same kind of space, and without any of these what the other `stored` ones did; None
    where there is none either. A run that several rows show stands here once.
    """
    runs = {run.folder: run for planned in rows for run in planned.runs}
    own = [timing(run) for run in runs.values() if run.status == "done"]
    others = {run.folder: run for run in stored if run.folder not in runs and run.status == "done"}
    elsewhere = [timing(run) for run in others.values()]
    return {folder: _minutes(run, own, elsewhere) for folder, run in runs.items() if run.status in UNFINISHED}


def _minutes(run: Run, own: list[Timing], elsewhere: list[Timing]) -> float | None:
    same = [known for known in (*own, *elsewhere) if known.run.hash == run.hash]
    if same:
        return float(np.mean([known.train + known.predict for known in same])) / 60
    for timings in (own, elsewhere):
        alike = [known for known in timings if known.run.recipe.space.slot_name() == run.recipe.space.slot_name()]
        if alike:
            done, wanted = [work(known.run.recipe) for known in alike], work(run.recipe)
            train = sum(known.train for known in alike) / sum(each.train for each in done)
            predict = sum(known.predict for known in alike) / sum(each.predict for each in done)
            return (train * wanted.train + predict * wanted.predict) / 60
    return None
