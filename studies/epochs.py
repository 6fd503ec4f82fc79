"""What does a longer schedule buy? The curve behind the laptop preset."""

from dataclasses import replace

from bench.figures.over_top_n import OVER_TOP_N
from bench.figures.tau_over_minutes import TAU_OVER_MINUTES
from bench.study import Row, Study
from studies.baseline import BASE

STUDY = Study(
    name="epochs",
    question="How does the ranking improve with the number of epochs?",
    source="How to train your supernet: factor 'epochs'",
    table="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        Row("1 epoch", replace(BASE, epochs=1)),
        Row("2 epochs", replace(BASE, epochs=2)),
        Row("baseline", BASE, source="the preset's number of epochs"),
        Row("6 epochs", replace(BASE, epochs=6)),
        Row("12 epochs", replace(BASE, epochs=12)),
    ),
    figures=(TAU_OVER_MINUTES, OVER_TOP_N),
)
