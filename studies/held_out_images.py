"""How much of a tau is the luck of the held-out images?"""

from dataclasses import replace

from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.sample.images.images import Images
from bench.study.study import Row, Study
from studies.baseline import BASE

STUDY = Study(
    name="held-out-images",
    question="How much wider is an interval over seeds if each seed predicts on held-out images of its own?",
    source="our own: the same supernets, which differ in nothing but the images on which they predict",
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2, 3, 4),
    rows=(
        Row("baseline", BASE, "the same held-out images for every seed"),
        Row(
            "own images for each seed",
            replace(BASE, images=Images(held_out_by_seed=True)),
            "as many, drawn from all that no seed trains on",
        ),
    ),
    figures=(OVER_TOP_N, FACTOR_METRICS),
)
