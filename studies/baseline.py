"""How well does the plain supernet rank NAS-Bench-201?"""

from bench.figures.over_top_n import OVER_TOP_N
from bench.figures.predicted_against_true import PREDICTED_AGAINST_TRUE
from bench.recipe import Recipe
from bench.sample.strict_fair import StrictFair
from bench.study import Row, Study

BASE = Recipe(paths=StrictFair())

STUDY = Study(
    name="baseline",
    question="How well does the plain single-path supernet (uniform paths) rank NAS-Bench-201?",
    source="Single path one-shot, sec. 3.1; figures: Exploring single-path ... ranking correlations, sec. 3",
    table="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(Row("baseline", BASE, source="single path one-shot, sec. 3.1: uniform paths"),),
    figures=(PREDICTED_AGAINST_TRUE, OVER_TOP_N),
)
