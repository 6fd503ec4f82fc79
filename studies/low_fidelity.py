"""How much ranking quality do cheaper supernets lose?"""

from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.figures.tau_over_minutes import TAU_OVER_MINUTES
from bench.study.study import Reported, Row, Study
from studies.baseline import BASE

FACTOR = "How to train your supernet: low-fidelity factors"
LOSES = Reported("worse", "kendall-tau-b", "low fidelity hurts or is neutral")

STUDY = Study(
    name="low-fidelity",
    question="What do fewer channels, less data, a lower resolution and fewer cells cost?",
    source=FACTOR,
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        Row("baseline", BASE, FACTOR),
        Row("half the channels", BASE, FACTOR, times={"construct.width": 0.5}, reported=LOSES),
        Row("half the images", BASE, FACTOR, times={"images.train": 0.5}, reported=LOSES),
        Row("a quarter of the images", BASE, FACTOR, times={"images.train": 0.25}, reported=LOSES),
        Row("half the resolution", BASE, FACTOR, times={"construct.resolution": 0.5}),
        Row("twice the cells", BASE, "the other way: preset laptop has one per stage", times={"construct.cells": 2}),
    ),
    figures=(TAU_OVER_MINUTES, OVER_TOP_N, FACTOR_METRICS),
)
