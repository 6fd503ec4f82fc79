"""How do single paths have to be drawn in the space of Single path one-shot?"""

from dataclasses import replace

from bench.figures.over_top_n import OVER_TOP_N
from bench.figures.predicted_against_true import PREDICTED_AGAINST_TRUE
from bench.recipe.recipe import Recipe
from bench.sample.paths.flops_constrained import FlopsConstrained
from bench.sample.paths.sandwich import Sandwich
from bench.sample.paths.strict_fair import StrictFair
from bench.sample.paths.uniform import Uniform
from bench.spaces.shufflenet import Shufflenet
from bench.study.study import Row, Study
from bench.supernets.norms.recalibrated import Recalibrated

SHUFFLENET = Recipe(space=Shufflenet(), paths=Uniform())
CONSTRAINED = FlopsConstrained(cost="imagenet-flops", low=290e6, high=360e6)
"""Seven bins of ten million multiply-adds of the published networks, 500 tries."""

STUDY = Study(
    name="shufflenet-baselines",
    question="Do constrained, fair or sandwiched paths rank ShuffleNet blocks better than uniform ones?",
    source="Single path one-shot, sec. 3.2 and 4",
    truth="shufflenet/cifar10/test/4ep",
    built=True,
    baseline=SHUFFLENET,
    seeds=(0, 1, 2),
    rows=(
        Row("uniform", SHUFFLENET, "sec. 3.1: one uniform path per update"),
        Row("uniform over FLOPs", replace(SHUFFLENET, paths=CONSTRAINED), "sec. 3.2: uniform constraint sampling"),
        Row(
            "strictly fair",
            replace(SHUFFLENET, paths=StrictFair()),
            "FairNAS: four paths per update, at equal forward passes",
            times={"images.fraction": 0.25},
        ),
        Row(
            "sandwich",
            replace(SHUFFLENET, paths=Sandwich(between=2)),
            "Universally slimmable networks: largest, smallest and two others, at equal forward passes",
            times={"images.fraction": 0.25},
        ),
        Row(
            "recalibrated",
            replace(SHUFFLENET, norm=Recalibrated(images=256)),
            "sec. 3.4: the statistics of each architecture, here on 256 images",
        ),
    ),
    figures=(PREDICTED_AGAINST_TRUE, OVER_TOP_N),
)
