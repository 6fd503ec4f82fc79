"""Does local sharing learned from gradients rank better than global sharing, and than copies given at random?"""

from dataclasses import replace
from typing import Any

from bench.figures.costs import COSTS
from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.figures.predicted_against_true import predicted_against_true
from bench.optimize.updates.local_sharing import LocalSharing
from bench.recipe.recipe import Recipe
from bench.study.study import Reported, Row, Study
from studies.search_algorithms import UNIFORM

SOURCE = "Distribution consistent neural architecture search"
UPDATES = {"epochs": 5.0}
"""One path per update: as many forward passes as the five strictly fair paths of study baseline."""
PASSES = {"epochs": 11 / 3}
"""Fewer epochs: partners and meta steps make 1.25 passes per update, and choosing the clusters' copies 384 passes."""
META_EVERY = 1
"""The source's 20 would leave each of the twelve meta networks three steps at preset laptop; 1 gives them about fifty.

There each has about thirty: sixteen layers of six operations share 3 x 1,251 / 20 steps for each layer.
"""


def local_sharing(**settings: Any) -> Recipe:
    """Return the baseline with local sharing."""
    return replace(UNIFORM, update=LocalSharing(meta_every=META_EVERY, **settings))


LEARNED, RANDOM = local_sharing(), local_sharing(assignment="random")
TAU = "kendall-tau-b"

FIGURE_3 = replace(
    predicted_against_true("global", "random assignment", "learned"),
    about=f"{SOURCE}, Figure 3, with 1,000 random cells and the true top instead of fifteen",
)
FOUND = "top-1 of the network found on ImageNet"

STUDY = Study(
    name="local-sharing",
    question="Do two copies of each operation's weights, given to cells whose gradients agree, rank better than two "
    "given at random, and either better than one?",
    source=f"{SOURCE}, Table 3 and Figure 3",
    truth="nb201/cifar10/test/200ep",
    baseline=UNIFORM,
    seeds=(0, 1, 2),
    rows=(
        Row("global", UNIFORM, f"{SOURCE}, Table 3: one copy, uniform single paths", times=UPDATES),
        Row(
            "random assignment",
            RANDOM,
            f"{SOURCE}, Table 3: two copies, cells drawn into clusters of the learned sizes; equal updates",
            times=UPDATES,
            reported=Reported("better", TAU, f"{FOUND} 77.4 %, global 77.2 %"),
        ),
        Row(
            "learned",
            LEARNED,
            f"{SOURCE}, Table 3; equal updates, so that the assignment is all that differs",
            times=UPDATES,
            reported=Reported("better", TAU, f"{FOUND} 78.1 %, random assignment 77.4 %"),
            against="random assignment",
        ),
        Row(
            "random assignment, equal passes",
            RANDOM,
            "as many forward passes as global sharing",
            times=PASSES,
        ),
        Row(
            "learned, equal passes",
            LEARNED,
            f"{SOURCE}, Table 3; as many forward passes as global sharing",
            times=PASSES,
            reported=Reported("better", TAU, f"{FOUND} 78.1 %, global 77.2 %"),
        ),
    ),
    figures=(OVER_TOP_N, FACTOR_METRICS, FIGURE_3, COSTS),
)
