"""Does a supernet train better with single paths, or with several that are dropped at random?"""

from dataclasses import replace

from bench.figures.accuracy_over_training import ACCURACY_OVER_TRAINING
from bench.figures.metrics import FACTOR_METRICS
from bench.optimize.updates.path_dropout import PathDropout
from bench.study.study import Row, Study
from studies.search_algorithms import SPOS, UNIFORM

TIMES = {"epochs": 4}
"""A curve needs more than the three epochs of preset `laptop`."""


def dropping(rate: float) -> Row:
    """Return a row that drops each operation with this probability."""
    source = "Figure 1, in its own space on ImageNet: below the single path all through training"
    return Row(f"drop rate {rate:g}", replace(UNIFORM, update=PathDropout(rate=rate)), source, times=TIMES)


STUDY = Study(
    name="drop-path",
    question="Does the rate at which paths are dropped matter, and do single paths train best?",
    source=f"{SPOS}, sec. 3.1 and Figure 1, which prints curves and no numbers",
    truth="nb201/cifar10/test/200ep",
    baseline=UNIFORM,
    seeds=(0, 1, 2),
    rows=(
        Row("single path", UNIFORM, "sec. 3.1: uniform single paths, a drop rate of 1", times=TIMES),
        *(dropping(rate) for rate in (0.2, 0.5, 0.8)),
    ),
    figures=(ACCURACY_OVER_TRAINING, FACTOR_METRICS),
)
