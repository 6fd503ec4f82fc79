"""How well does the plain supernet rank NAS-Bench-201?"""

from bench.figures.over_top_n import OVER_TOP_N
from bench.figures.predicted_against_true import PREDICTED_AGAINST_TRUE
from bench.recipe import Recipe
from bench.study import Row, Study

BASE = Recipe()

STUDY = Study(
    name="baseline",
    question="How well does a strictly fair supernet with shared cell topology rank NAS-Bench-201?",
    source="Exploring single-path architecture search ranking correlations, sec. 3; FairNAS",
    table="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(Row("baseline", BASE, source="sec. 3: strictly fair, all operations"),),
    figures=(PREDICTED_AGAINST_TRUE, OVER_TOP_N),
)
