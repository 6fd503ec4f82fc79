"""Do averaged weights, or averaged predictions, rank better than the last weights?"""

from dataclasses import replace

from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.optimize.averagings.checkpoint_averaging import CheckpointAveraging
from bench.optimize.averagings.checkpoint_ensemble import CheckpointEnsemble
from bench.optimize.averagings.exponential_averaging import ExponentialAveraging
from bench.study.study import Reported, Row, Study
from studies.baseline import BASE

STUDY = Study(
    name="averaging",
    question="Do averaged weights, or averaged predictions, rank better than the last weights?",
    source="Izmailov et al. (2018); Ning et al., NeurIPS 2021",
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        Row("baseline", BASE, "the last weights"),
        Row("exponential averaging", replace(BASE, averaging=ExponentialAveraging(decay=0.99)), "decay .99"),
        Row("checkpoint averaging", replace(BASE, averaging=CheckpointAveraging()), "Izmailov et al. (2018)"),
        Row(
            "checkpoint ensemble",
            replace(BASE, averaging=CheckpointEnsemble()),
            "Ning et al., NeurIPS 2021: temporal ensemble",
            reported=Reported("better", "kendall-tau-b", "a temporal ensemble of checkpoints helps"),
        ),
    ),
    figures=(OVER_TOP_N, FACTOR_METRICS),
)
