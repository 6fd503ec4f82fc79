"""What do the ingredients that helped give together?"""

from bench.figures.metrics import ADDITIONAL_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.figures.predicted_against_true import PREDICTED_AGAINST_TRUE
from bench.study import Row, Study
from studies.baseline import BASE

STUDY = Study(
    name="best-recipe",
    question="What do the ingredients that helped give together, at up to three times the cost?",
    source="the stored rows of the other studies",
    table="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(Row("baseline", BASE, "FairNAS"),),
    figures=(PREDICTED_AGAINST_TRUE, OVER_TOP_N, ADDITIONAL_METRICS),
)
