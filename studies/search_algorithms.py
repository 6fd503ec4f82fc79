"""What do searches on a supernet find, after how many evaluations?"""

from dataclasses import replace

from bench.figures.found import FOUND
from bench.figures.search_over_evaluations import SEARCH_OVER_EVALUATIONS
from bench.sample.paths.uniform import Uniform
from bench.search.searchers.evolution import Evolution
from bench.search.searchers.exhaustive import Exhaustive
from bench.search.searchers.random import Random
from bench.search.searchers.regularized_evolution import RegularizedEvolution
from bench.study.searching import Searching
from bench.study.study import Row, Study
from studies.baseline import BASE
from studies.best_recipe import STUDY as BEST_RECIPE

SPOS = "Single path one-shot neural architecture search with uniform sampling"
BEST = next(row for row in BEST_RECIPE.rows if row.name == "best recipe")
UNIFORM = replace(BASE, paths=Uniform(count=1))
LARGEST = "most parameters"
"""The architecture that counting finds, without a search."""
ALL_3X3 = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|"
EVERY = (Random(), Evolution(), RegularizedEvolution(), Exhaustive())

STUDY = Study(
    name="search-algorithms",
    question="Does evolution find better cells than random search, and what would asking all cells find?",
    source=f"{SPOS}, sec. 3.4 and Figure 2",
    truth="nb201/cifar10/test/200ep",
    baseline=UNIFORM,
    seeds=(0, 1, 2),
    rows=(
        Row("uniform, one path", UNIFORM, f"{SPOS}: uniform single paths"),
        replace(BEST, name="best recipe", against=""),
        replace(BEST, name="best recipe, by cross-entropy", score="negative-cross-entropy"),
    ),
    figures=(SEARCH_OVER_EVALUATIONS, FOUND),
    searches=(Searching(name="1,000 cells", by=EVERY, beside={LARGEST: ALL_3X3}),),
)
