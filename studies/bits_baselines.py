"""How well does a mixed-precision supernet rank, and how should its paths be drawn?"""

from dataclasses import replace

from bench.figures.metrics import ACCURACY, of_metrics
from bench.figures.predicted_against_true import PREDICTED_AGAINST_TRUE
from bench.recipe.recipe import Recipe
from bench.sample.paths.sandwich import Sandwich
from bench.sample.paths.strict_fair import StrictFair
from bench.sample.paths.uniform import Uniform
from bench.spaces.bits import Bits
from bench.study.study import Row, Study
from bench.supernets.bits import BitsNet
from bench.supernets.norms.batch_statistics import BatchStatistics

BASE = Recipe(space=Bits(), norm=BatchStatistics(affine=True), paths=Uniform())
"""One uniform path per update.

Differs from the paper: batch statistics instead of statistics re-estimated per architecture, with which prediction
takes three times as long.
"""
NETWORKS = 4
BY = "negative-cross-entropy"

STUDY = Study(
    name="bits-baselines",
    question="How should paths be drawn for a mixed-precision supernet, and may bit widths share a clipping value?",
    source="Single path one-shot, sec. 3.2 and 4 (mixed-precision quantization)",
    truth="bits/cifar10/test/2ep",
    built=True,
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        Row("uniform", BASE, "Single path one-shot, sec. 3.2: one uniform path per update", score=BY),
        Row(
            "strictly fair",
            replace(BASE, paths=StrictFair(count=1)),
            "FairNAS: each bit width and width equally often, one path per update",
            score=BY,
        ),
        Row(
            "sandwich",
            replace(BASE, paths=Sandwich(between=NETWORKS - 2)),
            "Universally slimmable networks: the largest, the smallest and two uniform ones per update, at equal "
            "forward passes",
            times={"images.fraction": 1 / NETWORKS},
            score=BY,
        ),
        Row(
            "shared clipping values",
            replace(BASE, construct=BitsNet(clips="shared")),
            "the paper does not say: one clipping value per convolution, for all bit widths of its activations",
            score=BY,
        ),
    ),
    figures=(
        of_metrics(
            "bits-metrics",
            "tau, and what it does not show",
            "kendall-tau-b",
            "spearman",
            "kendall-tau-b/top-50",
            "precision-at-top/5%",
            "regret",
            ACCURACY,
        ),
        PREDICTED_AGAINST_TRUE,
    ),
)
