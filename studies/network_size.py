"""Do larger supernets rank better?"""

from bench.figures.metrics import ADDITIONAL_METRICS
from bench.figures.over_top_n import over_top_n
from bench.figures.predicted_against_true import predicted_against_true
from bench.study.panels import in_panel
from bench.study.study import Reported, Row, Study
from studies.baseline import BASE
from studies.masking import FULL, MASKS, NO_ZERO, NO_ZERO_POOL, PAPER, without
from studies.masking_medium import MEDIUM

WIDE = {"construct.width": 3}
"""96 channels instead of 32."""
FIGURE = "Appendix D, Figure 11"

STUDY = Study(
    name="network-size",
    question="Do medium and wide supernets rank better than small ones?",
    source=f"{PAPER}, sec. 3.3 and 4.1, Appendix D, Figures 11 and 13",
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        *in_panel(
            FULL,
            Row("baseline", BASE, "small"),
            Row(
                "medium",
                BASE,
                "twice the cells, twice the channels",
                times=MEDIUM,
                reported=Reported(
                    "better", "top-n-trend", "may be beneficial in the whole space, more often harmful in others"
                ),
            ),
            Row("wide", BASE, "three times the channels", times=WIDE),
            main=True,
        ),
        *(
            row
            for panel in (NO_ZERO, NO_ZERO_POOL)
            for space in (without(*MASKS[panel]),)
            for row in in_panel(panel, Row("small", space, FIGURE), Row("wide", space, FIGURE, times=WIDE))
        ),
    ),
    figures=(
        over_top_n("over-top-n", "sec. 4.1", FULL, NO_ZERO, NO_ZERO_POOL),
        ADDITIONAL_METRICS,
        predicted_against_true("baseline", "wide"),
    ),
)
