"""Do linear transformers on skip (and pool) help a supernet to rank?"""

from dataclasses import replace

from bench.figures.metrics import ADDITIONAL_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.recipe import Recipe
from bench.spaces.nb201 import NB201
from bench.study import Reported, Row, Study
from bench.supernets.ops import Ops
from studies.baseline import BASE

SKIP, POOL = ("skip_connect",), ("skip_connect", "avg_pool_3x3")
FIGURE = "sec. 4.2, Figure 5"
HARMFUL = Reported("worse", "top-n-trend", "always harmful to the trend beside operations that are no convolution")


def with_transformers(on: tuple[str, ...], *masked: str) -> Recipe:
    """Return the baseline with transformers on some operations, in a space without others."""
    return replace(BASE, space=NB201(mask=masked), ops=Ops(linear_transformers=on))


STUDY = Study(
    name="linear-transformers",
    question="Do linear transformers on skip, or on skip and pool, help a supernet to rank?",
    source="Exploring single-path architecture search ranking correlations, sec. 4.2, Figures 5 and 12",
    table="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        Row("baseline", BASE, FIGURE),
        Row("LT on Skip", with_transformers(SKIP), FIGURE, reported=HARMFUL),
        Row("LT on Skip and Pool", with_transformers(POOL), FIGURE, reported=HARMFUL),
        Row("no Zero", with_transformers((), "none"), FIGURE),
        Row("no Zero, LT on Skip", with_transformers(SKIP, "none"), FIGURE, reported=HARMFUL),
        Row("no Zero, no Pool", with_transformers((), "none", "avg_pool_3x3"), FIGURE),
        Row(
            "no Zero, no Pool, LT on Skip",
            with_transformers(SKIP, "none", "avg_pool_3x3"),
            FIGURE,
            reported=Reported("better", "top-n-trend", "good where all else is convolutions"),
        ),
    ),
    figures=(OVER_TOP_N, ADDITIONAL_METRICS),
)
