"""Do larger supernets rank better?"""

from bench.figures.metrics import ADDITIONAL_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.study import Reported, Row, Study
from studies.baseline import BASE

STUDY = Study(
    name="network-size",
    question="Do medium and wide supernets rank better than small ones?",
    source="Exploring single-path architecture search ranking correlations, sec. 3.3 and 4.1, Appendix D, Figure 11",
    table="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        Row("baseline", BASE, "small"),
        Row(
            "medium",
            BASE,
            "twice the cells, twice the channels",
            times={"net.cells": 2, "net.width": 2},
            reported=Reported("worse", "kendall-tau-b", "often below 20 % accuracy, then unusable"),
        ),
        Row("wide", BASE, "three times the channels", times={"net.width": 3}),
    ),
    figures=(OVER_TOP_N, ADDITIONAL_METRICS),
)
