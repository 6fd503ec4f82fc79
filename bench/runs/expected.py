"""Expected time of unfinished runs, from the timings of finished ones."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
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
    """A finished run, its seconds of training, including a teacher's, and of prediction, and the card, "" on a core."""

    run: Run
    train: float
    predict: float
    gpu: str


def timing(run: Run) -> Timing:
    """Return the timing of a finished run."""
    record = run.read().record
    seconds, gpu = record.seconds, str(record.machine.get("gpu") or "")
    return Timing(run=run, train=sum(seconds.values()) - seconds["predict"], predict=seconds["predict"], gpu=gpu)


@dataclass(frozen=True, kw_only=True)
class Expected:
    """The minutes that work is expected to take: of one core or, where only a card's times are stored, of that card.

    `rough` if they follow from runs of another size alone: then they may be wrong by a factor of a few.
    """

    minutes: float
    gpu: str = ""
    rough: bool = False


def spelled(expected: Iterable[Expected | None], unknown: str) -> str:
    """Return the sum in words, in the order of the machines; `unknown` if any part is None.

    >>> spelled([Expected(minutes=2), Expected(minutes=3)], "unknown")
    'about 5 minutes of one core'
    >>> spelled([Expected(minutes=2, gpu="NVIDIA H100")], "unknown")
    'about 2 minutes of one NVIDIA H100'
    >>> spelled([Expected(minutes=2), Expected(minutes=900, rough=True)], "unknown")
    'roughly 902 minutes of one core, by runs of another size'
    >>> spelled([Expected(minutes=2), None], "unknown"), spelled([Expected(minutes=0.2)], "unknown")
    ('unknown', 'less than a minute of one core')
    """
    total: dict[str, float] = {}
    rough = False
    for one in expected:
        if one is None:
            return unknown
        total[one.gpu] = total.get(one.gpu, 0.0) + one.minutes
        rough |= one.rough
    about = "roughly" if rough else "about"
    words = " and ".join(f"{_minutes(about, total[gpu])} of one {gpu or 'core'}" for gpu in sorted(total))
    return f"{words}, by runs of another size" if rough else words


def _minutes(about: str, minutes: float) -> str:
    if minutes < 1:
        return "less than a minute"
    return f"{about} {minutes:,.0f} minute{'' if round(minutes) == 1 else 's'}"


def minutes_left(
    rows: Sequence[PlannedRow],
    stored: Iterable[Run] = (),
    of_other_sizes: Callable[[], Iterable[Run]] = tuple,
    *,
    card: bool = False,
) -> dict[Path, Expected | None]:
    """Return the expected minutes of one worker for every unfinished run of the rows, by folder.

    A run is expected to take as long as other seeds of its recipe. If there are none, its time is its work times the
    time per work of finished runs in the same kind of space, if possible of the same update, as a mixture of all
    operations takes longer than one path; of the rows if possible, else of the other `stored` runs, else, roughly, of
    the runs `of_other_sizes`, which are looked up only then, else None. Times of cores are used where there are any,
    else those of one card; with `card` the other way round. A run shared by several rows is listed once.
    """
    runs = {run.folder: run for planned in rows for run in planned.runs}
    looked = {folder: run.status for folder, run in runs.items()}
    own = [timing(run) for folder, run in runs.items() if looked[folder] == "done"]
    others = {run.folder: run for run in stored if run.folder not in runs and run.status == "done"}
    elsewhere = [timing(run) for run in others.values()]
    same: dict[str, list[Timing]] = {}
    for known in (*own, *elsewhere):
        same.setdefault(known.run.hash, []).append(known)
    near, far = _Rates([own, elsewhere], card), None

    def minutes(run: Run) -> Expected | None:
        nonlocal far
        if run.hash in same:
            alike = _on_one_machine(same[run.hash], card)
            seconds = float(np.mean([known.train + known.predict for known in alike]))
            return Expected(minutes=seconds / 60, gpu=alike[0].gpu)
        if (expected := near.expected(run.recipe)) is not None:
            return expected
        if far is None:
            other_sizes = {found.folder: found for found in of_other_sizes() if found.status == "done"}
            far = _Rates([[timing(found) for found in other_sizes.values()]], card)
        expected = far.expected(run.recipe)
        return None if expected is None else replace(expected, rough=True)

    return {folder: minutes(run) for folder, run in runs.items() if looked[folder] in UNFINISHED}


def _on_one_machine(timings: list[Timing], card: bool) -> list[Timing]:
    """Return those of cores if there are any, else those of the card that most were measured on; with `card` turned."""
    cards = [known.gpu for known in timings if known.gpu]
    cores = len(cards) < len(timings)
    gpu = "" if not cards or (cores and not card) else max(sorted(set(cards)), key=cards.count)
    return [known for known in timings if known.gpu == gpu]


class _Rates:
    """Seconds per work by kind of space and of update, from lists of timings, the first of which goes before others."""

    def __init__(self, timings: list[list[Timing]], card: bool) -> None:
        self.timings, self.card = timings, card
        self.known: dict[tuple[str, str], tuple[float, float, str] | None] = {}

    def expected(self, recipe: FilledRecipe) -> Expected | None:
        """Return how long a run of a recipe is expected to take; None if no run of its space was timed."""
        kind = recipe.space.slot_name(), recipe.update.slot_name()
        if kind not in self.known:
            of_space = [[t for t in timings if t.run.recipe.space.slot_name() == kind[0]] for timings in self.timings]
            of_update = [[t for t in timings if t.run.recipe.update.slot_name() == kind[1]] for timings in of_space]
            known_at_all = [timings for timings in (*of_update, *of_space) if timings]
            self.known[kind] = _seconds_per_work(known_at_all[0], self.card) if known_at_all else None
        if (rate := self.known[kind]) is None:
            return None
        wanted = work(recipe)
        return Expected(minutes=(rate[0] * wanted.train + rate[1] * wanted.predict) / 60, gpu=rate[2])


def _seconds_per_work(timings: list[Timing], card: bool) -> tuple[float, float, str]:
    """Return the seconds per work of training and of prediction of some runs, and the card."""
    alike = _on_one_machine(timings, card)
    done = [work(known.run.recipe) for known in alike]
    train = sum(known.train for known in alike) / sum(each.train for each in done)
    return train, sum(known.predict for known in alike) / sum(each.predict for each in done), alike[0].gpu
