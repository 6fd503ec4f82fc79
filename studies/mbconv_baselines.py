"""How do single paths have to be drawn in a space of inverted bottlenecks?"""

from dataclasses import replace

from bench.recipe.recipe import Recipe
from bench.sample.paths.flops_constrained import FlopsConstrained
from bench.sample.paths.strict_fair import StrictFair
from bench.sample.paths.uniform import Uniform
from bench.spaces.mbconv import MBConv
from bench.study.study import Row, Study

MBCONV = Recipe(space=MBConv(), paths=Uniform())

STUDY = Study(
    name="mbconv-baselines",
    question="How should paths be drawn in a space of inverted bottlenecks: uniform, constrained or fair?",
    source="Distribution consistent NAS, sec. 4.1",
    truth=None,  # `show mbconv` names the table that `table build` builds
    baseline=MBCONV,
    seeds=(0, 1, 2),
    rows=(
        Row("uniform", MBCONV, "Eq. 5: one uniform path per update"),
        Row(
            "uniform over FLOPs",
            replace(MBCONV, paths=FlopsConstrained()),
            "Single path one-shot, sec. 3.2: uniform constraint sampling",
        ),
        Row(
            "strictly fair",
            replace(MBCONV, paths=StrictFair()),
            "FairNAS: six paths per update, at equal forward passes",
            times={"images.fraction": 1 / 6},
        ),
    ),
)
