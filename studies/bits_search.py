"""What does a search for bit widths find under the bit operations of equal bits everywhere?"""

import numpy as np

from bench.figures.found_table import Line, found_table
from bench.figures.search_over_evaluations import SEARCH_OVER_EVALUATIONS
from bench.search.problem import Constraint
from bench.search.searchers.evolution import Evolution
from bench.search.searchers.random import Random
from bench.spaces.bits import Bits
from bench.study.searching import Searching
from bench.study.study import Study
from studies.bits_baselines import STUDY as BITS
from studies.search_algorithms import SPOS

UNIFORM = BITS.rows[0]
SPACE = Bits()
NETWORKS = {
    f"{bits}W{bits}A": "-".join([f"w{bits}a{bits}x1"] * (SPACE.decisions // 2)) for bits in (2, 4)
}  # 3W3A is no choice of the space
PRINTED = {
    "2W2A": (65.6, "6.32G", 66.4, "6.21G"),
    "4W4A": (69.3, "25.27G", 70.5, "24.31G"),
}
"""Of ResNet-18 on ImageNet: of equal bits, and of what the search found."""


def bitops(arch: str) -> float:
    """Return the bit operations of a network, in units of 2^30."""
    return float(SPACE.costs(np.array([SPACE.parse(arch)], dtype=np.int8))["bitops"][0])


def searched(name: str) -> str:
    """Return the name of the search under the bit operations of a network."""
    return f"bit operations of {name}"


def selected(name: str) -> str:
    """Return the name of the random networks under the bit operations of a network."""
    return f"random select, {name}"


def limit(name: str) -> Constraint:
    """Return the constraint to the bit operations of a network of equal bits."""
    return Constraint(cost="bitops", high=bitops(NETWORKS[name]))


TABLE_6 = found_table(
    "table-6",
    "papers/single-path-one-shot, Table 6, ResNet-18. Differs: ResNet-20 of half the channels on CIFAR-10 at 16x16, "
    "two epochs; 3W3A is no choice of the space",
    tuple(
        line
        for name, (equal, equal_cost, best, best_cost) in PRINTED.items()
        for line in (
            Line(label=name, search=searched(name), row=UNIFORM.name, searcher=name, printed=equal,
                 printed_cost=equal_cost),
            Line(label=f"random select, {name}", search=selected(name), row=UNIFORM.name, searcher="random"),
            Line(label=f"random search, {name}", search=searched(name), row=UNIFORM.name, searcher="random"),
            Line(label=f"evolution, {name}", search=searched(name), row=UNIFORM.name, searcher="evolution",
                 printed=best, printed_cost=best_cost),
        )
    ),
    unit="Gi",
    cost="bit operations",
    key="2W4A: weights of 2 bits, activations of 4",
)  # fmt: skip

STUDY = Study(
    name="bits-search",
    question="Does a search find better bits and widths than equal bits everywhere, at the same bit operations?",
    source=f"{SPOS}, Table 6",
    truth="bits/cifar10/test/2ep",
    built=True,
    baseline=UNIFORM.recipe,
    seeds=(0, 1, 2),
    rows=(UNIFORM,),
    figures=(TABLE_6, SEARCH_OVER_EVALUATIONS),
    searches=(
        *(
            Searching(
                name=searched(name),
                by=(Random(), Evolution()),
                constraints=(limit(name),),
                seeds=(0,),
                beside={name: arch},
            )
            for name, arch in NETWORKS.items()
        ),
        *(
            Searching(name=selected(name), by=(Random(),), budget=1, constraints=(limit(name),), seeds=(0, 1, 2))
            for name in NETWORKS
        ),
    ),
)
