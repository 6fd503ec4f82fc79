"""Do architecture parameters rank better than the weights they were trained with, and than uniform paths?"""

from dataclasses import replace

from bench.figures.found import found
from bench.figures.over_top_n import OVER_TOP_N
from bench.optimize.updates.darts_first_order import DartsFirstOrder
from bench.optimize.updates.darts_minus import DartsMinus
from bench.optimize.updates.darts_second_order import DartsSecondOrder
from bench.optimize.updates.dr_nas import DrNas
from bench.optimize.updates.fair_darts import FairDarts
from bench.optimize.updates.gdas import Gdas
from bench.optimize.updates.setn import Setn
from bench.recipe.recipe import Recipe
from bench.search.searchers.exhaustive import Exhaustive
from bench.study.searching import Searching
from bench.study.study import Row, Study
from bench.supernets.nb201 import NB201Net
from studies.nb201_methods import LOCAL_SHARING, PRINTED
from studies.search_algorithms import SPOS, UNIFORM

AUTODL = "AutoDL, exps/NATS-algos/search-cell.py"
MIXTURE = 5
"""Paths that cost as much as a mixture: it computes the five operations of every edge, a path one of them."""
BUDGET = 10
"""Passes of a path per update and epoch of the preset; a row of n passes per update has BUDGET / n times the epochs."""

METHODS: tuple[tuple[str, Recipe, str, int], ...] = (
    (
        "DARTS",
        replace(UNIFORM, update=DartsFirstOrder()),
        f"Liu et al., DARTS (ICLR 2019), first order; {AUTODL}",
        2 * MIXTURE,
    ),
    (
        "DARTS, second order",
        replace(UNIFORM, update=DartsSecondOrder()),
        f"Liu et al., DARTS (ICLR 2019), section 2.3; {AUTODL}",
        5 * MIXTURE,
    ),
    ("GDAS", replace(UNIFORM, update=Gdas()), f"Dong & Yang (CVPR 2019); {AUTODL}", 2),
    ("SETN", replace(UNIFORM, update=Setn()), f"Dong & Yang (ICCV 2019); {AUTODL}", 1 + MIXTURE),
    ("DARTS-", replace(UNIFORM, update=DartsMinus()), "Chu et al., DARTS- (ICLR 2021)", 2 * MIXTURE),
    ("FairDARTS", replace(UNIFORM, update=FairDarts()), "Chu et al., Fair DARTS (ECCV 2020)", 2 * MIXTURE),
    ("DrNAS", replace(UNIFORM, update=DrNas()), "Chen et al., DrNAS (ICLR 2021)", 2 * MIXTURE),
)
"""Name, recipe, source, and passes of a path per update: those of the weights and those of the parameters."""


def rows() -> tuple[Row, ...]:
    """Return a row per method and predictor: accuracy with the trained weights, and log-probability."""
    made = []
    for name, recipe, source, passes in METHODS:
        by_accuracy = Row(name, recipe, source, times={"epochs": BUDGET / passes})
        made += [by_accuracy, replace(by_accuracy, name=f"{name}, log-probability", score="log-probability")]
    return tuple(made)


RANDOM = replace(UNIFORM, construct=NB201Net(topology="free"))
"""Random search with weight sharing, as AutoDL trains it: every cell of a path has its own architecture."""

STUDY = Study(
    name="gradient-methods",
    question="Do architecture parameters rank better than the weights they were trained with, at equal passes?",
    source=f"{LOCAL_SHARING}; {AUTODL}",
    truth="nb201/cifar10/test/200ep",
    baseline=UNIFORM,
    seeds=(0, 1, 2),
    rows=(
        Row("uniform, one path", UNIFORM, f"{SPOS}: all training images", times={"epochs": BUDGET}),
        Row(
            "random search with sharing",
            RANDOM,
            f"{AUTODL}: half of the images, every cell its own path",
            times={"images.train": 0.5, "epochs": 2 * BUDGET},
        ),
        *rows(),
    ),
    figures=(OVER_TOP_N, found({name: PRINTED[name] for name in ("DARTS", "GDAS", "SETN", "DARTS-")})),
    searches=(Searching(name="every cell", by=(Exhaustive(),), budget=15_625, seeds=(0,)),),
)
