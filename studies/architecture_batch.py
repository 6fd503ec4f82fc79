"""How many networks should an update train?"""

from dataclasses import replace

from bench.figures.metrics import CHANNEL_METRICS
from bench.figures.tau_over_paths import tau_over_paths
from bench.optimize.losses.running_teacher import RunningTeacher
from bench.recipe.recipe import Recipe
from bench.sample.paths import Paths
from bench.sample.paths.sandwich import Sandwich
from bench.sample.paths.strict_fair import StrictFair
from bench.study.study import Reported, Row, Study
from studies.channel_sharing import CHANNELS, DEFAULT_TAU, TAU, TRUTH

SOURCE = "One-shot neural channel search, sec. 4.3 and 4.4, the figure of tau over the architecture batch"
COUNTS = (1, 2, 4, 8, 16, 18)
LOSSES = ("labels", "running teacher")
BATCHES = ("same batch", "own batches")
BUDGETS = ("equal passes", "equal updates")


def paths(count: int, teacher: bool, same_batch: bool) -> Paths:
    """Return fair paths; with a teacher they include the largest; 18 are a block of 16 and both extremes."""
    if count == 18:
        return Sandwich(between=16, fair=True, same_batch=same_batch)
    if teacher:
        return Sandwich(between=count - 1, smallest=False, fair=True, same_batch=same_batch)
    return StrictFair(count=count, same_batch=same_batch)


def rows() -> tuple[Row, ...]:
    """Return a row for every number of networks, batch and loss, at equal forward passes and at equal updates.

    A running teacher needs a second network, and a single network has no batch to share, so counts start at two. Rows
    with own batches are compared with those with the same batch. The paper's results are for equal updates.
    """
    found = [Row("1", CHANNELS, SOURCE, score="negative-cross-entropy", panels=PANELS, published=DEFAULT_TAU)]
    for loss in LOSSES:
        for batch in BATCHES:
            for budget in BUDGETS:
                for count in COUNTS[1:]:
                    teacher, same_batch = loss == "running teacher", batch == "same batch"
                    recipe: Recipe = replace(CHANNELS, paths=paths(count, teacher, same_batch))
                    if teacher:
                        recipe = replace(recipe, loss=RunningTeacher())
                    found.append(
                        Row(
                            f"{count}, {loss}, {batch}, {budget}",
                            recipe,
                            SOURCE,
                            times=times(count, teacher, same_batch, budget),
                            score="negative-cross-entropy",
                            panels=(f"{budget}: {loss}, {batch}",),
                            against="" if same_batch else f"{count}, {loss}, same batch, {budget}",
                            reported=reported(count, same_batch) if budget == "equal updates" else None,
                        )
                    )
    return tuple(found)


def reported(count: int, same_batch: bool) -> Reported | None:
    """Return the paper's result in words; it prints no numbers for its figure."""
    if not same_batch:
        return Reported("worse", TAU, "the same batch can improve consistency")
    return Reported("better", TAU, "18 is the best number") if count == 18 else None


def times(count: int, teacher: bool, same_batch: bool, budget: str) -> dict[str, float]:
    """Return the factors of a row's training: an epoch with own batches has `count` times fewer updates.

    A running teacher is evaluated on the own batch of every other network, which also counts as a forward pass.
    """
    if budget == "equal updates":
        return {} if same_batch else {"epochs": count}
    if same_batch:
        return {"images.fraction": 1 / count}
    return {"images.fraction": count / (2 * count - 1)} if teacher else {}


PANELS = tuple(f"{budget}: {loss}, {batch}" for budget in BUDGETS for loss in LOSSES for batch in BATCHES)
"""The lines of the figure, as "axes: line"."""

STUDY = Study(
    name="architecture-batch",
    question="How many networks should an update train, on one batch or on batches of their own?",
    source=SOURCE,
    truth=TRUTH,
    baseline=CHANNELS,
    seeds=(0, 1, 2),
    rows=rows(),
    figures=(tau_over_paths(*(f"{loss}, {BATCHES[1]}" for loss in LOSSES)), CHANNEL_METRICS),
)
