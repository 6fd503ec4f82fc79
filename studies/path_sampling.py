"""Does it matter how paths are drawn?"""

from dataclasses import replace

from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.figures.tau_over_epochs import TAU_OVER_EPOCHS
from bench.sample.paths.strict_fair import StrictFair
from bench.sample.paths.uniform import Uniform
from bench.sample.paths.uniform_distinct import UniformDistinct
from bench.study.study import Reported, Row, Study
from studies.baseline import BASE

STUDY = Study(
    name="path-sampling",
    question="Do strictly fair paths rank better than uniform ones, at five paths per update each?",
    source="Exploring single-path architecture search ranking correlations, sec. 4.3; How to train your supernet",
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        Row("baseline", BASE, "FairNAS: strictly fair, one batch per update, mean gradient"),
        Row(
            "uniform",
            replace(BASE, paths=Uniform(count=5)),
            "five paths on one batch, as the baseline's",
        ),
        Row(
            "uniform over distinct cells",
            replace(BASE, paths=UniformDistinct(count=5)),
            "Ning et al., NeurIPS 2021",
            reported=Reported("better", "precision-at-top/5%", "P@5% 46.7 against 21.3 % after 1,000 epochs"),
        ),
        Row(
            "strictly fair, own batches, summed",
            replace(BASE, paths=StrictFair(same_batch=False, reduction="sum")),
            "the code of sec. 3.3: five batches per update, a fifth of the updates",
        ),
        Row(
            "uniform, one path",
            replace(BASE, paths=Uniform(count=1)),
            "sec. 4.3, Figure 6: an update for every batch",
            reported=Reported("same", "kendall-tau-b", "equal or slightly worse than strictly fair"),
            against="strictly fair, own batches, summed",
        ),
        Row(
            "strictly fair, own batches, mean",
            replace(BASE, paths=StrictFair(same_batch=False)),
            "the same with the mean gradient",
        ),
        Row(
            "strictly fair, own batches, equal updates",
            replace(BASE, paths=StrictFair(same_batch=False)),
            "the same with as many updates and forward passes as the baseline",
            times={"epochs": 5},
        ),
    ),
    figures=(OVER_TOP_N, FACTOR_METRICS, TAU_OVER_EPOCHS),
)
