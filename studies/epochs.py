"""How much does longer training improve the ranking? The basis for the laptop preset."""

from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.figures.tau_over_epochs import TAU_OVER_EPOCHS
from bench.figures.tau_over_minutes import TAU_OVER_MINUTES
from bench.study.study import Reported, Row, Study
from studies.baseline import BASE

FACTOR = "How to train your supernet: factor 'epochs'"
MORE = Reported("better", "sparse-kendall-tau/truth-0.1%", "strong positive effect of epochs")
FEWER = Reported("worse", "sparse-kendall-tau/truth-0.1%", "strong positive effect of epochs")

STUDY = Study(
    name="epochs",
    question="How does the ranking improve with the number of epochs?",
    source=FACTOR,
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        Row("baseline", BASE, FACTOR),
        Row("a third of the epochs", BASE, FACTOR, times={"epochs": 1 / 3}, reported=FEWER),
        Row("two thirds of the epochs", BASE, FACTOR, times={"epochs": 2 / 3}, reported=FEWER),
        Row("twice the epochs", BASE, FACTOR, times={"epochs": 2}, reported=MORE),
        Row("four times the epochs", BASE, FACTOR, times={"epochs": 4}, reported=MORE),
    ),
    figures=(TAU_OVER_MINUTES, OVER_TOP_N, FACTOR_METRICS, TAU_OVER_EPOCHS),
)
