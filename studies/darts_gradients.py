"""Do architecture parameters rank DARTS cells better than the weights they were trained with?"""

from dataclasses import replace

from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.optimize.updates.darts_first_order import DartsFirstOrder
from bench.study.study import Row, Study
from studies.darts_baselines import CELLS, SCORE
from studies.gradient_methods import LOG_PROBABILITY

MIXTURE = 12
"""Paths that cost as much as a mixture: 14 edges of eight operations in a cell, `none` for nothing; a path has 8."""
PASSES = 2 * MIXTURE
SHORT = {"epochs": 0.5}
"""One epoch at preset laptop; the uniform row trains PASSES times as long."""
LIU = "Liu et al., DARTS (ICLR 2019), section 2.2, first order"
DARTS = replace(CELLS, update=DartsFirstOrder())

STUDY = Study(
    name="darts-gradients",
    question="Do architecture parameters rank DARTS cells better than weights, at equal passes?",
    source=f"{LIU}; How to train your supernet (its DARTS space)",
    truth="darts/cifar10/valid/200ep",
    others=("darts/cifar10/test/600ep",),
    baseline=CELLS,
    seeds=(0, 1, 2),
    rows=(
        Row("uniform", CELLS, "uniform single paths: all training images", times={"epochs": 0.5 * PASSES}, score=SCORE),
        Row("DARTS", DARTS, LIU, times=SHORT, score=SCORE),
        Row(
            "DARTS, log-probability",
            DARTS,
            f"{LIU}: of the operation on each chosen edge, as the two likeliest edges of a node are derived; here "
            "with `none`, which the paper leaves out then",
            times=SHORT,
            score=LOG_PROBABILITY,
        ),
    ),
    figures=(OVER_TOP_N, FACTOR_METRICS),
)
