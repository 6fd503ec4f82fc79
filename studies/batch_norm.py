"""Which statistics should normalize a supernet?"""

from dataclasses import replace

from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.study.study import Row, Study
from bench.supernets.norms.batch_statistics import BatchStatistics
from bench.supernets.norms.recalibrated import Recalibrated
from bench.supernets.norms.tracked import Tracked
from studies.baseline import BASE

CODE = "How to train your supernet: factor 'batch-norm' (affine on or off, statistics tracked or not)"

STUDY = Study(
    name="batch-norm",
    question="Which statistics should normalize a supernet, and should the norm be affine?",
    source="How to train your supernet: factor 'batch-norm'",
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        Row("baseline", BASE, CODE),
        Row("affine", replace(BASE, norm=BatchStatistics(affine=True)), CODE),
        Row("tracked", replace(BASE, norm=Tracked()), CODE),
        Row("tracked, affine", replace(BASE, norm=Tracked(affine=True)), CODE),
        Row("recalibrated", replace(BASE, norm=Recalibrated(images=500)), "Single path one-shot, sec. 3.4"),
    ),
    figures=(OVER_TOP_N, FACTOR_METRICS),
)
