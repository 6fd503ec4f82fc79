"""Do architecture parameters rank better than the weights they were trained with, and than uniform paths?"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from bench.figures.costs import COSTS
from bench.figures.found import found
from bench.figures.over_top_n import OVER_TOP_N
from bench.figures.probabilities_over_epochs import PROBABILITIES_OVER_EPOCHS
from bench.optimize.schedules.first_part import FirstPart
from bench.optimize.updates.darts_first_order import DartsFirstOrder
from bench.optimize.updates.darts_minus import DartsMinus
from bench.optimize.updates.darts_second_order import DartsSecondOrder
from bench.optimize.updates.dr_nas import DrNas
from bench.optimize.updates.enas import Enas
from bench.optimize.updates.fair_darts import FairDarts
from bench.optimize.updates.gdas import Gdas
from bench.optimize.updates.pc_darts import PcDarts
from bench.optimize.updates.setn import Setn
from bench.optimize.updates.sg_nas import SgNas
from bench.recipe.recipe import Recipe
from bench.sample.paths.strict_fair import StrictFair
from bench.search.searchers.exhaustive import Exhaustive
from bench.search.searchers.random import Random
from bench.study.searching import Searching
from bench.study.study import Row, Study
from bench.supernets.nb201 import NB201Net
from studies.search_algorithms import SPOS, UNIFORM

LOCAL_SHARING = "Distribution consistent neural architecture search, Table 2"


def printed(*values: tuple[float, float]) -> dict[str, tuple[float, float]]:
    """Return test accuracies in percent and their deviations over runs by data set."""
    return dict(zip(("cifar10", "cifar100", "imagenet16-120"), values, strict=True))


COLLAPSED = printed((54.30, 0.0), (15.61, 0.0), (16.32, 0.0))
PRINTED = {
    "DARTS": COLLAPSED,
    "DARTS, second order": COLLAPSED,
    "SETN": printed((87.64, 0.0), (59.05, 0.24), (32.52, 0.21)),
    "GDAS": printed((93.61, 0.09), (70.70, 0.30), (41.71, 0.98)),
    "FairNAS": printed((93.23, 0.18), (71.00, 1.46), (42.19, 0.31)),
    "SGNAS": printed((93.53, 0.12), (70.31, 1.09), (44.98, 2.10)),
    "DARTS-": printed((93.80, 0.40), (71.53, 1.51), (45.12, 0.82)),
    "local sharing": printed((94.29, 0.07), (73.02, 0.16), (46.41, 0.14)),
}
"""Of LOCAL_SHARING, at the benchmark's full size; its own row is of four runs."""

AUTODL = "AutoDL, exps/NATS-algos/search-cell.py"
MIXTURE = 5
"""Paths that cost as much as a mixture: it computes the five operations of every edge, a path one of them."""
BUDGET = 10
"""Passes of a path per update and epoch of the preset; a row of n passes per update has BUDGET / n times the epochs."""
WEIGHTS, LOG_PROBABILITY = "accuracy", "log-probability"
"""The two predictors, and the panels of the figure that show them."""

SIZE = "a network and a budget of the preset"
METHODS: tuple[tuple[str, Recipe, str, int], ...] = (
    (
        "DARTS",
        replace(UNIFORM, update=DartsFirstOrder()),
        f"Liu et al., DARTS (ICLR 2019), first order; {AUTODL}; differs: {SIZE}",
        2 * MIXTURE,
    ),
    (
        "DARTS, second order",
        replace(UNIFORM, update=DartsSecondOrder()),
        f"Liu et al., DARTS (ICLR 2019), section 2.3; {AUTODL}; differs: {SIZE}; at preset laptop its 1.2 "
        "epochs are rounded to one, a sixth fewer passes than the others",
        5 * MIXTURE,
    ),
    (
        "GDAS",
        replace(UNIFORM, update=Gdas()),
        f"Dong & Yang (CVPR 2019); {AUTODL}; differs: {SIZE}, the temperature falls at every update",
        2,
    ),
    (
        "SETN",
        replace(UNIFORM, update=Setn()),
        f"Dong & Yang (ICCV 2019); {AUTODL}; differs: {SIZE}, the most probable of all cells instead of the most "
        "accurate of its 100 most probable on a batch each",
        1 + MIXTURE,
    ),
    (
        "ENAS",
        replace(UNIFORM, update=Enas()),
        f"Pham et al., ENAS (ICML 2018); {AUTODL}; differs: {SIZE}, the controller steps after every update, and the "
        "most probable of all cells instead of the most accurate of 100 on a batch each",
        1 + Enas().samples,
    ),
    (
        "DARTS-",
        replace(UNIFORM, update=DartsMinus()),
        f"Chu et al., DARTS- (ICLR 2021); differs: {SIZE}, settings of AutoDL, beta falls at every update",
        2 * MIXTURE,
    ),
    (
        "FairDARTS",
        replace(UNIFORM, update=FairDarts()),
        f"Chu et al., Fair DARTS (ECCV 2020); differs: {SIZE}, an edge keeps its most probable operation",
        2 * MIXTURE,
    ),
    ("DrNAS", replace(UNIFORM, update=DrNas()), f"Chen et al., DrNAS (ICLR 2021); differs: {SIZE}", 2 * MIXTURE),
    (
        "PC-DARTS",
        replace(UNIFORM, update=PcDarts(), construct=NB201Net(partial_channels=4)),
        f"Xu et al., PC-DARTS (ICLR 2020): operations on a quarter of the channels; differs: {SIZE}, settings of "
        "AutoDL; a pass of its mixture costs less than that of a whole one, and counts as much; its "
        "parameters wait for a part of training, so that it makes 15 % fewer passes than the others",
        2 * MIXTURE,
    ),
    (
        "SGNAS",
        replace(UNIFORM, paths=StrictFair(), update=SgNas(), schedule=FirstPart()),
        f"Huang & Chu, Searching by generating (CVPR 2021): half of the updates for the weights, strictly fair, half "
        f"for the generator; differs: {SIZE}, the most probable cell under its own FLOPs instead of one for a given "
        "number",
        MIXTURE,
    ),
)
"""Name, recipe, source with what differs from what PRINTED is of, and passes of a path per update.

Passes are those of the weights and those of the parameters.
"""


def rows() -> tuple[Row, ...]:
    """Return a row per method and predictor: accuracy with the trained weights, and log-probability."""
    made = []
    for name, recipe, source, passes in METHODS:
        by_accuracy = Row(name, recipe, source, times={"epochs": BUDGET / passes}, panels=(WEIGHTS,))
        ranked = f"{name}, {LOG_PROBABILITY}"
        made += [by_accuracy, replace(by_accuracy, name=ranked, score=LOG_PROBABILITY, panels=(LOG_PROBABILITY,))]
    return tuple(made)


def selected() -> tuple[Row, ...]:
    """Return the rows that rank by log-probability, whose best architecture is the cell that the method selects."""
    return tuple(row for row in rows() if row.score == LOG_PROBABILITY)


def beside(others: Mapping[str, str] = MappingProxyType({})) -> dict[str, dict[str, tuple[float, float]]]:
    """Return the printed values by the row that selects a cell; `others` names rows of other studies by method."""
    own = {row.name.removesuffix(f", {LOG_PROBABILITY}"): row.name for row in selected()}
    return {(own | dict(others))[name]: values for name, values in PRINTED.items() if name in own or name in others}


RANDOM = replace(UNIFORM, construct=NB201Net(topology="free"))
"""Random search with weight sharing, as AutoDL trains it: every cell of a path has its own architecture."""

RANDOM_ROW = Row(
    "random search with sharing",
    RANDOM,
    f"{AUTODL}: half of the images, every cell its own path",
    times={"images.train": 0.5, "epochs": 2 * BUDGET},
    panels=(WEIGHTS,),
)

STUDY = Study(
    name="gradient-methods",
    question="Do architecture parameters rank better than the weights they were trained with, at equal passes?",
    source=f"{LOCAL_SHARING}; {AUTODL}",
    truth="nb201/cifar10/test/200ep",
    baseline=UNIFORM,
    seeds=(0, 1, 2),
    rows=(
        Row("uniform, one path", UNIFORM, f"{SPOS}: all training images", times={"epochs": BUDGET}),
        RANDOM_ROW,
        *rows(),
    ),
    figures=(
        OVER_TOP_N,
        PROBABILITIES_OVER_EPOCHS,
        COSTS,
        found(beside()),
    ),
    searches=(
        Searching(name="every cell", by=(Exhaustive(),), budget=15_625, seeds=(0,)),
        Searching(name="100 cells", by=(Random(),), budget=100),  # as AutoDL selects after random search with sharing
    ),
)
