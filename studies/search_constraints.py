"""What do searches find under a limit on FLOPs, or on a device's latency, and when both are objectives?"""

from bench.figures.found import found
from bench.figures.fronts import FRONTS
from bench.search.problem import Constraint
from bench.search.searchers.evolution import Evolution
from bench.search.searchers.exhaustive import Exhaustive
from bench.search.searchers.nsga2 import NSGA2
from bench.search.searchers.random import Random
from bench.study.searching import Searching
from bench.study.study import Study
from studies.search_algorithms import BEST, SPOS

HARDWARE = "HW-NAS-Bench (ICLR 2021)"
SINGLE = (Random(), Evolution(), Exhaustive())
SEVERAL = (Random(), NSGA2())
LATENCY = {"c10_pixel3_latency": 10.0, "c10_raspi4_latency": 25.0, "c10_edgegpu_latency": 5.0}
"""Milliseconds on three devices, a little below the median of all cells; columns of the cost table."""

STUDY = Study(
    name="search-constraints",
    question="What do searches find under a limit on FLOPs or latency, and when cost is an objective too?",
    source=f"{SPOS}, Tables 3 and 5; latencies: {HARDWARE}",
    truth="nb201/cifar10/test/200ep",
    baseline=BEST.recipe,
    seeds=(0, 1, 2),
    rows=(BEST,),
    figures=(found(answers=True), FRONTS),
    searches=(
        Searching(name="FLOPs at most 50 M", by=SINGLE, constraints=(Constraint(cost="flops", high=50e6),)),
        *(
            Searching(
                name=f"{cost.split('_')[1]} at most {limit:g} ms",
                by=SINGLE,
                constraints=(Constraint(cost=cost, high=limit),),
            )
            for cost, limit in LATENCY.items()
        ),
        Searching(name="accuracy and FLOPs", by=SEVERAL, costs=("flops",)),
        Searching(name="accuracy and pixel3 latency", by=SEVERAL, costs=("c10_pixel3_latency",)),
    ),
)
