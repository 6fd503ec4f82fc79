"""Does dropout help a supernet to rank?"""

from dataclasses import replace

from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.recipe.recipe import Recipe
from bench.study.study import Row, Study
from bench.supernets.nb201 import NB201Net
from studies.baseline import BASE


def dropping(**rates: float) -> Recipe:
    """Return the baseline with dropout."""
    return replace(BASE, construct=NB201Net(**rates))  # type: ignore[arg-type]


STUDY = Study(
    name="dropout",
    question="Do path dropout and dropout before the classifier help?",
    source="How to train your supernet: factors 'path dropout' and 'global dropout'",
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        Row("baseline", BASE, "no dropout"),
        Row("path dropout .1", dropping(path_dropout=0.1), "factor 'path dropout'"),
        Row("path dropout .2", dropping(path_dropout=0.2), "factor 'path dropout'"),
        Row("global dropout .1", dropping(global_dropout=0.1), "factor 'global dropout'"),
        Row("global dropout .2", dropping(global_dropout=0.2), "factor 'global dropout'"),
    ),
    figures=(OVER_TOP_N, FACTOR_METRICS),
)
