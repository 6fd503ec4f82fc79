"""Should the weights of an operation belong to its edge or to the node it leads to?"""

from dataclasses import replace

from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.study.study import Row, Study
from bench.supernets.nb201 import NB201Net
from studies.baseline import BASE

STUDY = Study(
    name="operation-placement",
    question="Should the weights of an operation belong to its edge or to the node that it leads to?",
    source="How to train your supernet: factor 'operation on node or on edge'",
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        Row("baseline", BASE, "op_on_edge"),
        Row("operations on nodes", replace(BASE, construct=NB201Net(operations_on="node")), "op_on_node"),
    ),
    figures=(OVER_TOP_N, FACTOR_METRICS),
)
