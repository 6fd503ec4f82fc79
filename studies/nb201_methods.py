"""Which cell does each method find on NAS-Bench-201, on three data sets, beside what papers print?"""

from dataclasses import replace

from bench.figures.found import found
from bench.sample.paths.strict_fair import StrictFair
from bench.search.searchers.evolution import Evolution
from bench.search.searchers.exhaustive import Exhaustive
from bench.search.searchers.random import Random
from bench.study.searching import Searching
from bench.study.study import Row, Study
from studies.baseline import BASE
from studies.best_recipe import SPREAD_ROW
from studies.few_shot import ZHAO
from studies.few_shot import split as few_shot
from studies.gradient_methods import LOCAL_SHARING, RANDOM_ROW, beside, selected
from studies.local_sharing import LEARNED, UPDATES
from studies.search_algorithms import BEST, SPOS, UNIFORM

FAIR, LOCAL = "strictly fair", "local sharing"

STUDY = Study(
    name="nb201-methods",
    question="Which cell does each method find, and how good is it on three data sets?",
    source=LOCAL_SHARING,
    truth="nb201/cifar10/test/200ep",
    baseline=UNIFORM,
    seeds=(0, 1, 2, 3),
    rows=(
        Row("uniform, one path", UNIFORM, SPOS),
        Row(
            FAIR,
            replace(BASE, paths=StrictFair(same_batch=False, reduction="sum")),
            f"FairNAS, as {LOCAL_SHARING} lists it: an update sums the gradients of five paths, each on images of its "
            "own; differs: a network and a budget of the preset, evolution and random search",
        ),
        Row("few-shot", few_shot(0, 0.5), ZHAO),
        BEST,
        SPREAD_ROW,
        *selected(),
        replace(RANDOM_ROW, panels=()),
        Row(
            LOCAL,
            LEARNED,
            f"{LOCAL_SHARING}, the best of 4 runs 94.22, 73.17, 46.48 %; differs: a network and a budget of the "
            "preset, two operations with copies, cells outside the pool may be found",
            times=UPDATES,
        ),
    ),
    figures=(found(beside({"FairNAS": FAIR, LOCAL: LOCAL}), answers=True),),
    searches=(
        Searching(name="1,000 cells", by=(Random(), Evolution())),
        Searching(name="every cell", by=(Exhaustive(),), budget=15_625, seeds=(0,)),
    ),
)
