"""Which operations make a cell space hard to rank?"""

from dataclasses import replace

from bench.figures.operation_usage import OPERATION_USAGE
from bench.figures.over_top_n import OVER_TOP_N
from bench.figures.predicted_against_true import predicted_against_true
from bench.recipe import Recipe
from bench.spaces.nb201 import NB201
from bench.study import Reported, Row, Study
from studies.baseline import BASE

ZERO, SKIP, CONV1, CONV3, POOL = "none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"
SINGLE, PAIR = "sec. 4.1, Figure 4 left", "sec. 4.1, Figure 4 centre and right"

PANELS = {
    "single": "one operation masked",
    "Zero and": "Zero and another masked",
    "Pool and": "Pool and another masked",
    "1x1 and": "1x1 Conv and another masked",
}


def without(*operations: str) -> Recipe:
    """Return the baseline in the space that lacks these operations."""
    return replace(BASE, space=NB201(mask=operations))


def row(recipe: Recipe, name: str, source: str, effect: str, words: str, *panels: str) -> Row:
    """Return a row with what the paper reports of the trend, if anything."""
    reported = Reported(effect, "top-n-trend", words) if effect else None
    return Row(name, recipe, source, reported=reported, panels=tuple(PANELS[panel] for panel in panels))


STUDY = Study(
    name="masking",
    question="Which operations make a cell space hard to rank?",
    source="Exploring single-path architecture search ranking correlations, sec. 4.1, Figures 2, 4, 7 and 9",
    table="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        Row("baseline", BASE, SINGLE),
        row(without(ZERO), "no Zero", SINGLE, "better", "trend to -1, tau up", "single", "Zero and"),
        row(without(POOL), "no Pool", SINGLE, "better", "trend to -1", "single", "Pool and"),
        row(without(SKIP), "no Skip", SINGLE, "worse", "trend to +1, most harmful", "single"),
        row(without(CONV1), "no 1x1", SINGLE, "worse", "harmful", "single", "1x1 and"),
        row(without(CONV3), "no 3x3", SINGLE, "worse", "harmful", "single"),
        row(without(ZERO, POOL), "no Zero, no Pool", PAIR, "better", "better than either", "Zero and", "Pool and"),
        row(without(ZERO, SKIP), "no Zero, no Skip", PAIR, "better", "arguably better than either", "Zero and"),
        row(without(POOL, SKIP), "no Pool, no Skip", PAIR, "", "", "Pool and"),
        row(without(ZERO, CONV1), "no Zero, no 1x1", "Figure 7", "", "", "Zero and", "1x1 and"),
        row(without(POOL, CONV1), "no Pool, no 1x1", "Figure 7", "", "", "Pool and", "1x1 and"),
    ),
    figures=(OPERATION_USAGE, predicted_against_true("baseline", "no Zero"), OVER_TOP_N),
)
