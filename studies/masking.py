"""Which operations make a cell space hard to rank?"""

from collections.abc import Mapping
from dataclasses import replace

from bench.figures.operation_usage import operation_usage
from bench.figures.over_top_n import over_top_n
from bench.figures.predicted_against_true import predicted_against_true
from bench.recipe.recipe import Recipe
from bench.spaces.nb201 import NB201
from bench.study.study import Reported, Row, Study
from studies.baseline import BASE

ZERO, SKIP, CONV1, CONV3, POOL = "none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"
PAPER = "Exploring single-path architecture search ranking correlations"

ONE = "one operation masked"
ZERO_AND, POOL_AND = "Zero and another masked", "Pool and another masked"
CONV1_AND, SKIP_AND = "1x1 Conv and another masked", "Skip and another masked"
ZERO_POOL_AND = "Zero, Pool and another masked"

FULL, NO_ZERO, NO_ZERO_POOL = "all operations", "no Zero", "no Zero, no Pool"
MASKS = {FULL: (), NO_ZERO: (ZERO,), NO_ZERO_POOL: (ZERO, POOL)}
"""The sub-spaces in which Figures 5 and 6 repeat other variations, a panel each."""

HARMFUL = "masking Pool in almost any combination is harmful"

FIGURE_4 = over_top_n("over-top-n", "Figure 4", ONE, ZERO_AND, POOL_AND)
FIGURE_7 = over_top_n("over-top-n-of-more-pairs", "Figure 7", ONE, CONV1_AND, SKIP_AND)
FIGURE_9 = over_top_n("over-top-n-of-triples", "Figure 9", ONE, CONV1_AND, ZERO_POOL_AND)


def without(*operations: str) -> Recipe:
    """Return the baseline in the space without these operations."""
    return replace(BASE, space=NB201(mask=operations))


def masked_rows(times: Mapping[str, float] | None = None, *, reported: bool = True) -> tuple[Row, ...]:
    """Return the spaces of Figures 4, 7 and 9, with the trends that the paper reports for small networks."""

    def row(
        recipe: Recipe,
        name: str,
        source: str,
        panels: tuple[str, ...],
        effect: str = "",
        words: str = "",
    ) -> Row:
        result = Reported(effect, "top-n-trend", words) if effect and reported else None
        return Row(name, recipe, source, times=times or {}, reported=result, panels=panels)

    single, pair, more = "sec. 4.1, Figure 4 left", "sec. 4.1, Figure 4 centre and right", "Appendix, Figure 7"
    return (
        row(BASE, "baseline", single, ()),
        row(without(ZERO), "no Zero", single, (ONE, ZERO_AND), "better", "trend to -1, tau up"),
        row(without(POOL), "no Pool", single, (ONE, POOL_AND), "better", "trend to -1"),
        row(without(SKIP), "no Skip", single, (ONE, SKIP_AND), "worse", "trend to +1, most harmful"),
        row(without(CONV1), "no 1x1", single, (ONE, CONV1_AND), "worse", "harmful"),
        row(without(CONV3), "no 3x3", single, (ONE,), "worse", "harmful"),
        row(
            without(ZERO, POOL), "no Zero, no Pool", pair, (ZERO_AND, POOL_AND, ZERO_POOL_AND),
            "better", "better than either",
        ),
        row(
            without(ZERO, SKIP), "no Zero, no Skip", pair, (ZERO_AND, SKIP_AND),
            "better", "arguably better than either",
        ),
        row(without(ZERO, CONV1), "no Zero, no 1x1", pair, (ZERO_AND, CONV1_AND)),
        row(without(ZERO, CONV3), "no Zero, no 3x3", pair, (ZERO_AND,)),
        row(without(POOL, SKIP), "no Pool, no Skip", pair, (POOL_AND, SKIP_AND), "worse", HARMFUL),
        row(without(POOL, CONV1), "no Pool, no 1x1", pair, (POOL_AND, CONV1_AND), "worse", HARMFUL),
        row(without(POOL, CONV3), "no Pool, no 3x3", pair, (POOL_AND,), "worse", HARMFUL),
        row(without(SKIP, CONV1), "no Skip, no 1x1", more, (SKIP_AND, CONV1_AND)),
        row(without(SKIP, CONV3), "no Skip, no 3x3", more, (SKIP_AND,)),
        row(without(CONV1, CONV3), "no 1x1, no 3x3", more, (CONV1_AND,)),
        row(without(ZERO, POOL, SKIP), "no Zero, no Pool, no Skip", "Appendix, Figure 9", (ZERO_POOL_AND,)),
        row(without(ZERO, POOL, CONV1), "no Zero, no Pool, no 1x1", "Appendix, Figure 9", (ZERO_POOL_AND,)),
        row(without(ZERO, POOL, CONV3), "no Zero, no Pool, no 3x3", "Appendix, Figure 9", (ZERO_POOL_AND,)),
    )  # fmt: skip


STUDY = Study(
    name="masking",
    question="Which operations make a cell space hard to rank?",
    source=f"{PAPER}, sec. 4.1, Figures 2, 3, 4, 7 and 9",
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=masked_rows(),
    figures=(operation_usage(NB201()), predicted_against_true("baseline", "no Zero"), FIGURE_4, FIGURE_7, FIGURE_9),
)
