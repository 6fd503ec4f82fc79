"""How well does the plain supernet rank NAS-Bench-201?"""

from bench.figures.over_top_n import OVER_TOP_N
from bench.figures.predicted_against_true import PREDICTED_AGAINST_TRUE
from bench.figures.tau_over_epochs import TAU_OVER_EPOCHS
from bench.recipe.recipe import Recipe
from bench.sample.paths.strict_fair import StrictFair
from bench.study.study import Row, Study

BASE = Recipe(paths=StrictFair())

STUDY = Study(
    name="baseline",
    question="How well does the plain single-path supernet (strictly fair paths) rank NAS-Bench-201?",
    source="Exploring single-path architecture search ranking correlations, sec. 3",
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2, 3, 4),
    rows=(Row("baseline", BASE, source="sec. 3: strictly fair paths, topology shared, all five operations"),),
    figures=(PREDICTED_AGAINST_TRUE, OVER_TOP_N, TAU_OVER_EPOCHS),
)
