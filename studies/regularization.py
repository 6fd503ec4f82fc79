"""Does regularization change what a supernet ranks first?"""

from dataclasses import replace

from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.optimize.losses.cross_entropy import CrossEntropy
from bench.sample.images.images import Images
from bench.study.study import Reported, Row, Study
from studies.baseline import BASE

AUGMENTED, SMOOTHED = Images(auto_augment=True), CrossEntropy(smoothing=0.1)

STUDY = Study(
    name="regularization",
    question="Do AutoAugment and label smoothing harm the ranking?",
    source="Exploring single-path architecture search ranking correlations, sec. 4.3, Figure 6",
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        Row("baseline", BASE, "sec. 3.3"),
        Row(
            "AutoAugment and smoothing",
            replace(BASE, images=AUGMENTED, loss=SMOOTHED),
            "sec. 4.3: CIFAR-10 policies, label smoothing .1",
            reported=Reported("worse", "top-n-trend", "top architectures are underestimated"),
        ),
        Row("label smoothing", replace(BASE, loss=SMOOTHED), "one of the two alone"),
        Row("AutoAugment", replace(BASE, images=AUGMENTED), "one of the two alone"),
        Row("shift and flip", replace(BASE, images=Images(shift=0.125, flip=True)), "sec. 3.3: 4 of 32 pixels"),
    ),
    figures=(OVER_TOP_N, FACTOR_METRICS),
)
