"""Do learning-rate warm-up and gradient clipping help?"""

from dataclasses import replace

from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.optimize.schedules.cosine import Cosine
from bench.optimize.schedules.per_architecture import PerArchitecture
from bench.optimize.schedules.warm_up import WarmUp
from bench.study.study import Reported, Row, Study
from studies.baseline import BASE

STUDY = Study(
    name="warm-up-and-clipping",
    question="Do learning-rate warm-up, gradient clipping, or a rate per architecture help?",
    source="Exploring single-path architecture search ranking correlations, sec. 4.3, Figure 6",
    truth="nb201/cifar10/test/200ep",
    baseline=replace(BASE, schedule=Cosine()),
    seeds=(0, 1, 2),
    rows=(
        Row("cosine", replace(BASE, schedule=Cosine()), "sec. 3.3"),
        Row(
            "cosine, warm-up",
            replace(BASE, schedule=WarmUp()),
            "sec. 4.3: 5 of 250 epochs",
            reported=Reported("same", "kendall-tau-b", "no fix, detrimental in some sub-spaces"),
        ),
        Row(
            "cosine, clipped at 5",
            replace(BASE, schedule=Cosine(), clip=5.0),
            "sec. 4.3",
            reported=Reported("same", "kendall-tau-b", "no notable effect"),
        ),
        Row("one cycle", BASE, "preset laptop's own schedule: a rise over 30 % of training"),
        Row("a rate per architecture", replace(BASE, schedule=PerArchitecture()), "DYNAS (CVPR 2025)"),
    ),
    figures=(OVER_TOP_N, FACTOR_METRICS),
)
