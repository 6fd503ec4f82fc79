"""How well does a supernet rank DARTS cells, and what changes it?"""

from dataclasses import replace

from bench.figures.metrics import FACTOR_METRICS
from bench.figures.predicted_against_true import PREDICTED_AGAINST_TRUE
from bench.recipe.recipe import Recipe
from bench.sample.paths.strict_fair import StrictFair
from bench.sample.paths.uniform import Uniform
from bench.spaces.darts import Darts
from bench.study.study import Reported, Row, Study
from bench.supernets.darts import DartsNet
from bench.supernets.norms.batch_statistics import BatchStatistics

CELLS = Recipe(space=Darts(), paths=Uniform(), clip=5.0)
"""One uniform architecture per update, norms without parameters, gradients clipped at 5, as the paper's code does."""

SCORE = "negative-cross-entropy"  # Ning et al., NeurIPS 2021: better than accuracy in the space of DARTS

STUDY = Study(
    name="darts-baselines",
    question="How well does a single-path supernet rank DARTS cells, and do paths or norms change it?",
    source="How to train your supernet (its DARTS space); Ning et al., NeurIPS 2021; Liu et al., DARTS",
    truth="darts/cifar10/valid/200ep",
    others=("darts/cifar10/test/600ep",),
    baseline=CELLS,
    seeds=(0, 1, 2),
    rows=(
        Row("uniform", CELLS, "How to train your supernet: uniform sampling per operation and edge", score=SCORE),
        Row(
            "two paths per update",
            replace(CELLS, paths=Uniform(count=2)),
            "Ning et al., NeurIPS 2021: several architectures per update; at equal passes, half the updates",
            times={"epochs": 0.5},
            score=SCORE,
        ),
        Row(
            "fair",
            replace(CELLS, paths=StrictFair(count=1)),
            "FairNAS: every pair of a node equally often in 480 updates",
            score=SCORE,
        ),
        Row(
            "affine norm",
            replace(CELLS, norm=BatchStatistics(affine=True)),
            "Ning et al., NeurIPS 2021: norms without parameters are better",
            score=SCORE,
            reported=Reported("worse", "kendall-tau-b", "without parameters better, no number read"),
        ),
        Row(
            "no norm after pools",
            replace(CELLS, construct=DartsNet(pools="plain")),
            "Liu et al., DARTS: its evaluation networks have none, its supernet does",
            score=SCORE,
        ),
    ),
    figures=(PREDICTED_AGAINST_TRUE, FACTOR_METRICS),
)
