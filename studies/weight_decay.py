"""How much does weight decay matter?"""

from dataclasses import replace

from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.optimize.optimizers.sgd import SGD
from bench.study.study import Row, Study
from studies.baseline import BASE

FACTOR = "How to train your supernet: factor 'weight decay'"

STUDY = Study(
    name="weight-decay",
    question="How much does weight decay matter, also for weights that no path used?",
    source=FACTOR,
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        Row("baseline", BASE, FACTOR),
        Row("no weight decay", BASE, FACTOR, times={"optimizer.weight_decay": 0}),
        Row("a fifth of the weight decay", BASE, FACTOR, times={"optimizer.weight_decay": 0.2}),
        Row("five times the weight decay", BASE, FACTOR, times={"optimizer.weight_decay": 5}),
        Row("unsampled weights decay", replace(BASE, optimizer=SGD(unsampled_params="decay")), "PyTorch 1's way"),
    ),
    figures=(OVER_TOP_N, FACTOR_METRICS),
)
