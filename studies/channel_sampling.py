"""Does it matter how widths are drawn?"""

from dataclasses import replace

from bench.figures.metrics import CHANNEL_METRICS
from bench.figures.predicted_against_true import PREDICTED_AGAINST_TRUE
from bench.sample.paths.flops_constrained import FlopsConstrained
from bench.sample.paths.uniform import Uniform
from bench.study.study import Reported, Row, Study
from studies.channel_sharing import CHANNELS, DEFAULT_TAU, TAU, TRUTH

STUDY = Study(
    name="channel-sampling",
    question="Do fair widths rank better than uniform ones, one network per update?",
    source="One-shot neural channel search, sec. 4.3, Table 4; Single path one-shot, sec. 3.2",
    truth=TRUTH,
    baseline=CHANNELS,
    seeds=(0, 1, 2),
    rows=(
        Row("fair", CHANNELS, "Table 4", score="negative-cross-entropy", published=DEFAULT_TAU),
        Row(
            "uniform",
            replace(CHANNELS, paths=Uniform()),
            "Table 4",
            score="negative-cross-entropy",
            published=0.7655,
            reported=Reported("worse", TAU, "tau .7655 against .7718"),
        ),
        Row(
            "uniform over FLOPs",
            replace(CHANNELS, paths=FlopsConstrained()),
            "Single path one-shot, sec. 3.2: uniform constraint sampling",
            score="negative-cross-entropy",
        ),
    ),
    figures=(CHANNEL_METRICS, PREDICTED_AGAINST_TRUE),
)
