"""Do larger supernets rank better?"""

from bench.figures.metrics import ADDITIONAL_METRICS
from bench.figures.over_top_n import over_top_n
from bench.figures.predicted_against_true import predicted_against_true
from bench.study import Reported, Row, Study
from studies.baseline import BASE
from studies.masking import PAPER, POOL, ZERO, without
from studies.masking_medium import MEDIUM

WIDE = {"net.width": 3}
"""96 channels beside 32."""
FULL, NO_ZERO, NO_ZERO_POOL = "all operations", "no Zero", "no Zero, no Pool"
FIGURE = "Appendix D, Figure 11"

STUDY = Study(
    name="network-size",
    question="Do medium and wide supernets rank better than small ones?",
    source=f"{PAPER}, sec. 3.3 and 4.1, Appendix D, Figures 11 and 13",
    table="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        Row("baseline", BASE, "small", panels=(FULL,)),
        Row(
            "medium",
            BASE,
            "twice the cells, twice the channels",
            times=MEDIUM,
            reported=Reported(
                "better", "top-n-trend", "may be beneficial in the whole space, more often harmful in others"
            ),
            panels=(FULL,),
        ),
        Row("wide", BASE, "three times the channels", times=WIDE, panels=(FULL,)),
        Row("no Zero", without(ZERO), FIGURE, panels=(NO_ZERO,), reference=True),
        Row("no Zero, wide", without(ZERO), FIGURE, times=WIDE, panels=(NO_ZERO,), against="no Zero"),
        Row("no Zero, no Pool", without(ZERO, POOL), FIGURE, panels=(NO_ZERO_POOL,), reference=True),
        Row(
            "no Zero, no Pool, wide",
            without(ZERO, POOL),
            FIGURE,
            times=WIDE,
            panels=(NO_ZERO_POOL,),
            against="no Zero, no Pool",
        ),
    ),
    figures=(
        over_top_n("over-top-n", "sec. 4.1", FULL, NO_ZERO, NO_ZERO_POOL),
        ADDITIONAL_METRICS,
        predicted_against_true("baseline", "wide"),
    ),
)
