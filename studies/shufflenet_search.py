"""What does a search for blocks find under a limit on FLOPs, beside one block everywhere and random networks?"""

from dataclasses import replace

from bench.figures.found_table import Line, found_table
from bench.figures.search_over_evaluations import SEARCH_OVER_EVALUATIONS
from bench.search.problem import Constraint
from bench.search.searchers.evolution import Evolution
from bench.search.searchers.random import Random
from bench.spaces.shufflenet import BLOCKS, PLACES
from bench.study.searching import Searching
from bench.study.study import Row, Study
from studies.search_algorithms import SPOS
from studies.shufflenet_baselines import CONSTRAINED, SHUFFLENET

LIMIT = Constraint(cost="imagenet-flops", high=330e6)
"""Multiply-adds of the published networks, sec. 4."""
SEARCHED, SELECTED = "at most 330 M", "random select"
ROW = "uniform over FLOPs"
NAMES = ("all choice_3", "all choice_5", "all choice_7", "all choice_x")


def everywhere(choice: int) -> str:
    """Return the network that has one block at every place."""
    return f"[{','.join([str(choice)] * PLACES)}]"


TABLE_3 = found_table(
    "table-3",
    "papers/single-path-one-shot, Table 3. Differs: images of 16x16, an eighth of the epochs; the paper widens or "
    "narrows the networks of one block to 321 to 327 M, ours have the widths of the space, so that two miss the limit",
    (
        *(
            Line(label=name, search=SEARCHED, row=ROW, searcher=name, printed=top, printed_cost=cost)
            for name, top, cost in zip(NAMES, (73.4, 73.5, 73.6, 73.5), ("324M", "321M", "327M", "326M"), strict=True)
        ),
        Line(label="random select", search=SELECTED, row=ROW, searcher="random", printed=73.7, printed_cost="~320M"),
        Line(label="random search", search=SEARCHED, row=ROW, searcher="random", printed=73.8, printed_cost="323M"),
        Line(label="evolution", search=SEARCHED, row=ROW, searcher="evolution", printed=74.3, printed_cost="319M"),
    ),
    scale=1e6,
    unit="M",
    cost="FLOPs",
)

STUDY = Study(
    name="shufflenet-search",
    question="Does evolution find better blocks than random search, random networks and one block everywhere?",
    source=f"{SPOS}, Table 3",
    truth="shufflenet/cifar10/test/4ep",
    built=True,
    baseline=replace(SHUFFLENET, paths=CONSTRAINED),
    seeds=(0, 1, 2),
    rows=(
        Row(
            ROW,
            replace(SHUFFLENET, paths=CONSTRAINED),
            "sec. 3.2: uniform constraint sampling",
            score="negative-cross-entropy",
        ),
    ),
    figures=(TABLE_3, SEARCH_OVER_EVALUATIONS),
    searches=(
        Searching(
            name=SEARCHED,
            by=(Random(), Evolution()),
            constraints=(LIMIT,),
            seeds=(0, 1, 2),
            beside={name: everywhere(choice) for choice, name in zip(range(len(BLOCKS)), NAMES, strict=True)},
        ),
        Searching(name=SELECTED, by=(Random(),), budget=1, constraints=(LIMIT,)),
    ),
)
