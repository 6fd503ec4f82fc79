"""How much does the peak learning rate matter?"""

from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.study.study import Row, Study
from studies.baseline import BASE

FACTOR = "How to train your supernet: factor 'learning rate'"

STUDY = Study(
    name="learning-rate",
    question="How much does the peak learning rate matter?",
    source=FACTOR,
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        Row("baseline", BASE, FACTOR),
        Row("a quarter of the rate", BASE, FACTOR, times={"optimizer.rate": 0.25}),
        Row("half the rate", BASE, FACTOR, times={"optimizer.rate": 0.5}),
        Row("twice the rate", BASE, FACTOR, times={"optimizer.rate": 2}),
        Row("four times the rate", BASE, FACTOR, times={"optimizer.rate": 4}),
    ),
    figures=(OVER_TOP_N, FACTOR_METRICS),
)
