"""Should every set of incoming edges have its own norm?"""

from dataclasses import replace

from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.study.study import Row, Study
from bench.supernets.norms.tracked import Tracked
from studies.baseline import BASE

STUDY = Study(
    name="weight-sharing-batch-norm",
    question="Should every set of incoming edges have its own batch-norm statistics?",
    source="How to train your supernet: factor 'WSBN'",
    truth="nb201/cifar10/test/200ep",
    baseline=replace(BASE, norm=Tracked(affine=True)),
    seeds=(0, 1, 2),
    rows=(
        Row("tracked, affine", replace(BASE, norm=Tracked(affine=True)), "one norm per operation"),
        Row(
            "weight-sharing norm",
            replace(BASE, norm=Tracked(affine=True, per_inputs=True)),
            "wsbn: one per operation and set of edges into its source",
        ),
        Row("baseline", BASE, "batch statistics, for which the two are the same"),
    ),
    figures=(OVER_TOP_N, FACTOR_METRICS),
)
