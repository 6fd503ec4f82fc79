"""How many widths should an update train?"""

from dataclasses import replace

from bench.figures.metrics import CHANNEL_METRICS
from bench.figures.tau_over_paths import TAU_OVER_PATHS
from bench.optimize.running_teacher import RunningTeacher
from bench.recipe import Recipe
from bench.sample.paths import Paths
from bench.sample.sandwich import Sandwich
from bench.sample.strict_fair import StrictFair
from bench.study import Row, Study
from studies.channel_sharing import CHANNELS, DEFAULT_TAU, TRUTH

SOURCE = "One-shot neural channel search, sec. 4.3 and 4.4, the figure of tau over the architecture batch"
COUNTS = (1, 2, 4, 8, 16, 18)


def paths(count: int, teacher: bool, same_batch: bool) -> Paths:
    """Return fair paths; with a teacher the largest is one of them, and 18 are a block of 16 between the extremes."""
    if count == 18:
        return Sandwich(between=16, fair=True, same_batch=same_batch)
    if teacher:
        return Sandwich(between=count - 1, smallest=False, fair=True, same_batch=same_batch)
    return StrictFair(count=count, same_batch=same_batch)


def rows() -> tuple[Row, ...]:
    """Return a row for every number of networks, batch and loss, at equal forward passes and at equal updates.

    A running teacher alone teaches nobody, so it begins at two; a single network has no batch to share.
    """
    found = [Row("1", CHANNELS, SOURCE, score="negative-cross-entropy", panels=PANELS, published=DEFAULT_TAU)]
    for teacher in (False, True):
        for same_batch in (True, False):
            for budget in ("equal passes", "equal updates"):
                for count in COUNTS[1:]:
                    recipe: Recipe = replace(CHANNELS, paths=paths(count, teacher, same_batch))
                    if teacher:
                        recipe = replace(recipe, loss=RunningTeacher())
                    panel = panel_of(teacher, same_batch, budget)
                    found.append(
                        Row(
                            f"{count}, {panel}",
                            recipe,
                            SOURCE,
                            times=times(count, teacher, same_batch, budget),
                            score="negative-cross-entropy",
                            panels=(panel,),
                        )
                    )
    return tuple(found)


def panel_of(teacher: bool, same_batch: bool, budget: str) -> str:
    """Return the name of a line of the figure."""
    return f"{'running teacher' if teacher else 'labels'}, {'same batch' if same_batch else 'own batches'}, {budget}"


def times(count: int, teacher: bool, same_batch: bool, budget: str) -> dict[str, float]:
    """Return how much of the preset's training a row gets: an epoch with own batches has `count` times fewer updates.

    A running teacher is asked on the own batch of every other network, which is a forward pass too.
    """
    if budget == "equal updates":
        return {} if same_batch else {"epochs": count}
    if same_batch:
        return {"images.portion": 1 / count}
    return {"images.portion": count / (2 * count - 1)} if teacher else {}


PANELS = tuple(
    panel_of(teacher, same_batch, budget)
    for teacher in (False, True)
    for same_batch in (True, False)
    for budget in ("equal passes", "equal updates")
)

STUDY = Study(
    name="architecture-batch",
    question="How many networks should an update train, on one batch or on batches of their own?",
    source=SOURCE,
    table=TRUTH,
    baseline=CHANNELS,
    seeds=(0, 1, 2),
    rows=rows(),
    figures=(TAU_OVER_PATHS, CHANNEL_METRICS),
)
