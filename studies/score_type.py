"""Should a supernet rank by accuracy or by loss?"""

from bench.figures.metrics import ADDITIONAL_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.study.study import Reported, Row, Study
from studies.baseline import BASE

STUDY = Study(
    name="score-type",
    question="Should a supernet rank by accuracy or by negative cross-entropy?",
    source="Ning et al., NeurIPS 2021; Neural channel search, which ranks by negative cross-entropy",
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        Row("baseline", BASE, "accuracy on held-out images"),
        Row(
            "by cross-entropy",
            BASE,
            "the same supernets, by negative cross-entropy",
            score="negative-cross-entropy",
            reported=Reported("better", "kendall-tau-b", "loss ranks better than accuracy in a DARTS space"),
        ),
        Row("four times the images", BASE, "less noise of the images", times={"images.held_out": 4}),
        Row(
            "four times the images, by cross-entropy",
            BASE,
            "less noise of the images",
            times={"images.held_out": 4},
            score="negative-cross-entropy",
        ),
    ),
    figures=(OVER_TOP_N, ADDITIONAL_METRICS),
)
