"""How many paths should an update train?"""

from dataclasses import replace

from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.recipe.recipe import Recipe
from bench.sample.paths.sandwich import Sandwich
from bench.sample.paths.uniform import Uniform
from bench.study.study import Row, Study
from studies.baseline import BASE

NING = "Ning et al., NeurIPS 2021: several sampled architectures per step"


def uniform(count: int) -> Recipe:
    """Return the baseline with uniform paths."""
    return replace(BASE, paths=Uniform(count=count))


STUDY = Study(
    name="paths-per-update",
    question="How many paths should an update train, at equal updates and at equal forward passes?",
    source="FairNAS; Ning et al., NeurIPS 2021; AutoSlim",
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        Row("baseline", BASE, "five strictly fair paths"),
        Row("uniform", uniform(5), NING),
        Row("uniform, 1 path, equal updates", uniform(1), NING),
        Row("uniform, 1 path, equal passes", uniform(1), NING, times={"epochs": 5}),
        Row("uniform, 15 paths, equal updates", uniform(15), NING),
        Row("uniform, 15 paths, equal passes", uniform(15), NING, times={"epochs": 1 / 3}),
        Row("sandwich", replace(BASE, paths=Sandwich(between=3)), "AutoSlim: largest, smallest, three uniform"),
    ),
    figures=(OVER_TOP_N, FACTOR_METRICS),
)
