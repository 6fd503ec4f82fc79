"""Do linear transformers on skip (and pool) help a supernet to rank?"""

from dataclasses import replace

from bench.figures.metrics import ADDITIONAL_METRICS
from bench.figures.over_top_n import over_top_n
from bench.recipe import Recipe
from bench.study import Reported, Row, Study
from bench.supernets.ops import Ops
from studies.masking import PAPER, POOL, SKIP, ZERO, without
from studies.network_size import FULL, NO_ZERO, NO_ZERO_POOL, WIDE

ON_SKIP, ON_BOTH = (SKIP,), (SKIP, POOL)
WIDER = "all operations, wide"
FIGURE, WIDE_FIGURE = "sec. 4.2, Figure 5", "Appendix D, Figure 12"
HARMFUL = Reported("worse", "top-n-trend", "always harmful to the trend beside operations that are no convolution")
GOOD = Reported("better", "top-n-trend", "good where all else is convolutions")


def with_transformers(on: tuple[str, ...], *masked: str) -> Recipe:
    """Return the baseline with transformers on some operations, in a space without others."""
    return replace(without(*masked), ops=Ops(linear_transformers=on))


STUDY = Study(
    name="linear-transformers",
    question="Do linear transformers on skip, or on skip and pool, help a supernet to rank?",
    source=f"{PAPER}, sec. 4.2, Figures 5 and 12",
    table="nb201/cifar10/test/200ep",
    baseline=with_transformers(()),
    seeds=(0, 1, 2),
    rows=(
        Row("baseline", with_transformers(()), FIGURE, panels=(FULL,)),
        Row("LT on Skip", with_transformers(ON_SKIP), FIGURE, reported=HARMFUL, panels=(FULL,)),
        Row("LT on Skip and Pool", with_transformers(ON_BOTH), FIGURE, reported=HARMFUL, panels=(FULL,)),
        Row("no Zero", with_transformers((), ZERO), FIGURE, panels=(NO_ZERO,), reference=True),
        Row(
            "no Zero, LT on Skip",
            with_transformers(ON_SKIP, ZERO),
            FIGURE,
            reported=HARMFUL,
            panels=(NO_ZERO,),
            against=NO_ZERO,
        ),
        Row(
            "no Zero, LT on Skip and Pool",
            with_transformers(ON_BOTH, ZERO),
            FIGURE,
            reported=HARMFUL,
            panels=(NO_ZERO,),
            against=NO_ZERO,
        ),
        Row("no Zero, no Pool", with_transformers((), ZERO, POOL), FIGURE, panels=(NO_ZERO_POOL,), reference=True),
        Row(
            "no Zero, no Pool, LT on Skip",
            with_transformers(ON_SKIP, ZERO, POOL),
            FIGURE,
            reported=GOOD,
            panels=(NO_ZERO_POOL,),
            against=NO_ZERO_POOL,
        ),
        Row("wide", with_transformers(()), WIDE_FIGURE, times=WIDE, panels=(WIDER,), reference=True),
        Row("wide, LT on Skip", with_transformers(ON_SKIP), WIDE_FIGURE, times=WIDE, panels=(WIDER,), against="wide"),
        Row(
            "wide, LT on Skip and Pool",
            with_transformers(ON_BOTH),
            WIDE_FIGURE,
            times=WIDE,
            panels=(WIDER,),
            against="wide",
        ),
    ),
    figures=(over_top_n("over-top-n", "Figure 5", FULL, NO_ZERO, NO_ZERO_POOL, WIDER), ADDITIONAL_METRICS),
)
