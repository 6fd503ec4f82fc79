"""Should the 1x1 convolution share the weights of the 3x3?"""

from dataclasses import replace

from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.study.study import Row, Study
from bench.supernets.nb201 import NB201Net
from bench.supernets.norms.batch_statistics import BatchStatistics
from studies.baseline import BASE

STUDY = Study(
    name="ofa-kernel",
    question="Should the 1x1 convolution be the centre of the 3x3 kernel?",
    source="How to train your supernet: factor 'OFA kernel'; Cai et al., Once-for-all (2020)",
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        Row("baseline", BASE, "a kernel of its own"),
        Row("centre of the 3x3", replace(BASE, construct=NB201Net(kernel_1x1="centre")), "Once-for-all, sec. 3.3"),
        Row(
            "transformed centre",
            replace(BASE, construct=NB201Net(kernel_1x1="transformed-centre"), norm=BatchStatistics(affine=True)),
            "with the learned transform, which only an affine norm can use",
            against="affine",
        ),
        Row(
            "affine",
            replace(BASE, norm=BatchStatistics(affine=True)),
            "the reference of the transformed centre",
            reference=True,
        ),
    ),
    figures=(OVER_TOP_N, FACTOR_METRICS),
)
