"""Does it matter how widths are drawn, where images and truth are of one data set?"""

from dataclasses import replace

from bench.figures.metrics import CHANNEL_METRICS
from bench.figures.predicted_against_true import PREDICTED_AGAINST_TRUE
from bench.figures.tau_over_epochs import TAU_OVER_EPOCHS
from bench.sample.paths.flops_constrained import FlopsConstrained
from bench.sample.paths.sandwich import Sandwich
from bench.sample.paths.uniform import Uniform
from bench.study.study import Reported, Row, Study
from studies.sss_sharing import PAPER, TAU, TRUTH, WIDTHS

STUDY = Study(
    name="sss-sampling",
    question="Do fair widths rank better than uniform ones, with images and truth of CIFAR-10?",
    source=f"{PAPER}, sec. 4.3, Table 4, whose space and data set are others; Single path one-shot, sec. 3.2",
    truth=TRUTH,
    baseline=WIDTHS,
    seeds=(0, 1, 2),
    rows=(
        Row("fair", WIDTHS, f"{PAPER}, Table 4: tau .7718", score="negative-cross-entropy"),
        Row(
            "uniform",
            replace(WIDTHS, paths=Uniform()),
            f"{PAPER}, Table 4, in its own space on CIFAR-100: tau .7655 against .7718",
            score="negative-cross-entropy",
            reported=Reported("worse", TAU, "in another space: tau .7655 against .7718"),
        ),
        Row(
            "uniform over FLOPs",
            replace(WIDTHS, paths=FlopsConstrained()),
            "Single path one-shot, sec. 3.2: uniform constraint sampling",
            score="negative-cross-entropy",
        ),
        Row(
            "sandwich",
            replace(WIDTHS, paths=Sandwich(between=2)),
            "Universally slimmable networks: the largest, the smallest and two uniform ones, at equal forward passes",
            times={"images.fraction": 1 / 4},
            score="negative-cross-entropy",
        ),
    ),
    figures=(CHANNEL_METRICS, PREDICTED_AGAINST_TRUE, TAU_OVER_EPOCHS),
)
