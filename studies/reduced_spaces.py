"""Is a smaller space easier to rank?"""

from dataclasses import replace

from bench.figures.metrics import FACTOR_METRICS
from bench.recipe.recipe import Recipe
from bench.spaces.nb201 import NB201
from bench.study.study import Reported, Row, Study
from studies.masking import CONV1, POOL
from studies.search_algorithms import SPOS, UNIFORM

TAU = "kendall-tau-b"


def without(*operations: str) -> Recipe:
    """Return the baseline in the space without these operations."""
    return replace(UNIFORM, space=NB201(mask=operations))


def row(name: str, recipe: Recipe, effect: str, tau: tuple[float, float, float]) -> Row:
    """Return a row with the paper's tau on CIFAR-10, CIFAR-100 and ImageNet16-120."""
    words = f"tau {tau[0]:.2f}; CIFAR-100 {tau[1]:.2f}, ImageNet16-120 {tau[2]:.2f}, searched on their own images"
    reported = Reported(effect, TAU, f"{words}; whole space .55, .56, .54") if effect else None
    return Row(name, recipe, f"Table 8: {words}", reported=reported, published=tau[0])


STUDY = Study(
    name="reduced-spaces",
    question="Does the supernet of a space without 1x1 convolutions, pooling, or both rank better?",
    source=f"{SPOS}, Table 8",
    truth="nb201/cifar10/test/200ep",
    baseline=UNIFORM,
    seeds=(0, 1, 2),
    rows=(
        row("Original", UNIFORM, "", (0.55, 0.56, 0.54)),
        row("Reduce-1", without(CONV1), "same", (0.55, 0.54, 0.42)),
        row("Reduce-2", without(POOL), "better", (0.58, 0.53, 0.55)),
        row("Reduce-3", without(CONV1, POOL), "better", (0.64, 0.59, 0.53)),
    ),
    figures=(FACTOR_METRICS,),
)
