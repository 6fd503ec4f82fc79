"""How are blocks and widths trained together?"""

from dataclasses import replace

from bench.recipe.recipe import Recipe
from bench.sample.paths.flops_constrained import FlopsConstrained
from bench.sample.paths.sandwich import Sandwich
from bench.sample.paths.uniform import Uniform
from bench.spaces.shufflenet_scales import ShufflenetScales
from bench.study.study import Row, Study

SCALES = Recipe(space=ShufflenetScales(), paths=Uniform())

STUDY = Study(
    name="shufflenet-widths",
    question="What do a supernet of ShuffleNet blocks and widths and its paths predict?",
    source="Single path one-shot, sec. 3.3 and 4",
    truth=None,
    baseline=SCALES,
    seeds=(0, 1, 2),
    rows=(
        Row("uniform", SCALES, "sec. 3.3: blocks and widths uniform"),
        Row("uniform over FLOPs", replace(SCALES, paths=FlopsConstrained()), "sec. 3.2: uniform constraint sampling"),
        Row(
            "sandwich",
            replace(SCALES, paths=Sandwich(between=2)),
            "Universally slimmable networks: widest, narrowest and two others, at equal forward passes",
            times={"images.fraction": 0.25},
        ),
    ),
)
