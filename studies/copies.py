"""How many copies of each operation's weights does local sharing need?"""

from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.study.study import Reported, Row, Study
from studies.local_sharing import FOUND, LEARNED, SOURCE, TAU, UPDATES, local_sharing

ONE, THREE = local_sharing(copies=1), local_sharing(copies=3)

STUDY = Study(
    name="copies",
    question="Do two or three copies of each operation's weights rank better than one?",
    source=f"{SOURCE}, Table 4",
    truth="nb201/cifar10/test/200ep",
    baseline=ONE,
    seeds=(0, 1, 2),
    rows=(
        Row("one copy", ONE, f"{SOURCE}, Table 4: M = 1; pairs exchange gradients", times=UPDATES),
        Row(
            "two copies",
            LEARNED,
            f"{SOURCE}, Table 4: M = 2",
            times=UPDATES,
            reported=Reported("better", TAU, f"{FOUND} 78.1 %, with one copy 77.2 %"),
        ),
        Row(
            "three copies",
            THREE,
            f"{SOURCE}, Table 4: M = 3",
            times=UPDATES,
            reported=Reported("better", TAU, f"{FOUND} 77.9 %, with one copy 77.2 %"),
        ),
    ),
    figures=(OVER_TOP_N, FACTOR_METRICS),
)
