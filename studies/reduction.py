"""How much does the block between stages affect the ranking?"""

from dataclasses import replace

from bench.figures.over_top_n import OVER_TOP_N
from bench.study.study import Row, Study
from bench.supernets.nb201 import NB201Net
from studies.baseline import BASE

STUDY = Study(
    name="reduction",
    question="Do the benchmark's residual reductions hide the cells of a small supernet?",
    source="NAS-Bench-201, sec. 2: the skeleton; its stand-alone networks have five cells per stage, ours one",
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        Row("baseline", BASE, source="the preset's reduction: pooled at preset laptop"),
        Row(
            "residual reductions",
            replace(BASE, construct=NB201Net(reduction="residual")),
            source="NAS-Bench-201, sec. 2",
        ),
    ),
    figures=(OVER_TOP_N,),
)
