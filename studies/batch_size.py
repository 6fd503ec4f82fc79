"""How much does the batch size matter?"""

from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.study.study import Row, Study
from studies.baseline import BASE

FACTOR = "How to train your supernet: factor 'batch size'"

STUDY = Study(
    name="batch-size",
    question="How much does the batch size matter, at equal epochs?",
    source=FACTOR,
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        Row("baseline", BASE, FACTOR),
        Row("half the batch", BASE, FACTOR, times={"images.batch": 0.5}),
        Row("twice the batch", BASE, FACTOR, times={"images.batch": 2}),
        Row("four times the batch", BASE, FACTOR, times={"images.batch": 4}),
    ),
    figures=(OVER_TOP_N, FACTOR_METRICS),
)
