"""Should all cells have the same topology while a supernet trains?"""

from dataclasses import replace

from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.study.study import Reported, Row, Study
from bench.supernets.nb201 import NB201Net
from studies.baseline import BASE

STUDY = Study(
    name="topology-sharing",
    question="Should all cells have the same topology while a supernet trains, as they do when it predicts?",
    source="Exploring single-path architecture search ranking correlations, sec. 4.3, Figure 6",
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        Row("baseline", BASE, "sec. 4.3: shared in training too"),
        Row(
            "free topology",
            replace(BASE, construct=NB201Net(topology="free")),
            "sec. 4.3: every cell draws its own in training",
            reported=Reported("worse", "top-n-trend", "trend worse, tau almost the same (small networks)"),
        ),
    ),
    figures=(OVER_TOP_N, FACTOR_METRICS),
)
