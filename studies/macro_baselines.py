"""Which way to draw paths ranks NAS-Bench-Macro best?"""

from dataclasses import replace

from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.figures.predicted_against_true import predicted_against_true
from bench.figures.tau_over_epochs import TAU_OVER_EPOCHS
from bench.recipe.recipe import Recipe
from bench.sample.paths.sandwich import Sandwich
from bench.sample.paths.strict_fair import StrictFair
from bench.sample.paths.uniform import Uniform
from bench.sample.paths.uniform_distinct import UniformDistinct
from bench.spaces.macro import Macro
from bench.study.study import Row, Study

BASE = Recipe(space=Macro(), paths=Uniform(count=3))
"""Three paths on one batch per update, as many as a strictly fair block has."""
SCORE = "negative-cross-entropy"

STUDY = Study(
    name="macro-baselines",
    question="Which way to draw three paths per update ranks the networks of NAS-Bench-Macro best?",
    source="Su et al., Prioritized Architecture Sampling with Monto-Carlo Tree Search, CVPR 2021: the space and truth",
    truth="macro/cifar10/test/50ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        Row("uniform", BASE, "Single path one-shot, sec. 3.2: uniform sampling; three paths on one batch", score=SCORE),
        Row(
            "uniform, one path",
            replace(BASE, paths=Uniform()),
            "Single path one-shot, sec. 3.2: an update for every path; as many forward passes, three times the updates",
            times={"epochs": 3},
            score=SCORE,
        ),
        Row(
            "strictly fair",
            replace(BASE, paths=StrictFair()),
            "FairNAS: each operation of a block once per update",
            score=SCORE,
        ),
        Row(
            "sandwich",
            replace(BASE, paths=Sandwich(between=1)),
            "Universally slimmable networks: the largest, the smallest and a uniform path",
            score=SCORE,
        ),
        Row(
            "uniform over distinct networks",
            replace(BASE, paths=UniformDistinct(count=3)),
            "Ning et al., NeurIPS 2021: only canonical forms, which are also what prediction asks",
            score=SCORE,
        ),
    ),
    figures=(
        OVER_TOP_N,
        FACTOR_METRICS,
        predicted_against_true("uniform", "uniform, one path", "sandwich"),
        TAU_OVER_EPOCHS,
    ),
)
