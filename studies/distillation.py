"""Should widths learn from the largest network?"""

from dataclasses import replace

from bench.figures.metrics import CHANNEL_METRICS
from bench.figures.predicted_against_true import predicted_against_true
from bench.optimize.losses.fixed_teacher import FixedTeacher
from bench.study.study import Reported, Row, Study
from studies.channel_sharing import CHANNELS, DEFAULT_TAU, TAU, TRUTH

STUDY = Study(
    name="distillation",
    question="Do the soft labels of a trained largest network rank widths better than labels, one network per update?",
    source="One-shot neural channel search, sec. 4.4, Table 5",
    truth=TRUTH,
    baseline=CHANNELS,
    seeds=(0, 1, 2),
    rows=(
        Row("labels", CHANNELS, "Table 5: naive", score="negative-cross-entropy", published=DEFAULT_TAU),
        Row(
            "fixed teacher",
            replace(CHANNELS, loss=FixedTeacher()),
            "Table 5",
            score="negative-cross-entropy",
            published=0.7657,
            reported=Reported("worse", TAU, "tau .7657 against .7718"),
        ),
    ),
    figures=(CHANNEL_METRICS, predicted_against_true("fixed teacher")),
)
