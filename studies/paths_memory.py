"""What do a single path, two paths and a mixture of all operations cost in memory and time?"""

from dataclasses import replace

from bench.figures.costs import costs_figure
from bench.optimize.updates.darts_first_order import DartsFirstOrder
from bench.sample.paths.uniform import Uniform
from bench.study.study import Row, Study
from studies.search_algorithms import SPOS, UNIFORM

TIMES = {"images.fraction": 0.5}
"""Half of the images suffice to measure an update."""
SINGLE, TWO, MIXTURE = "single path", "two paths", "mixture of all"
TABLE_7 = costs_figure(
    "table-7",
    "papers/single-path-one-shot, Table 7. Differs: cells of NAS-Bench-201 on one core; the paper's memory is that of "
    "8 GPUs and a batch of 256, its times GPU days; the mixture also steps architecture parameters",
    {
        SINGLE: ("12 GPU days", "24 GB"),
        TWO: ("15 GPU days, Proxyless", "37 GB"),
        MIXTURE: ("20 GPU days, FBNet", "63 GB"),
    },
)

STUDY = Study(
    name="paths-memory",
    question="How much memory and time do one path, two paths and a mixture of all operations take per update?",
    source=f"{SPOS}, Table 7",
    truth="nb201/cifar10/test/200ep",
    baseline=UNIFORM,
    seeds=(0,),
    rows=(
        Row(SINGLE, UNIFORM, "Table 7: ours", times=TIMES),
        Row(TWO, replace(UNIFORM, paths=Uniform(count=2)), "Table 7: Proxyless", times=TIMES),
        Row(MIXTURE, replace(UNIFORM, update=DartsFirstOrder()), "Table 7: FBNet", times=TIMES),
    ),
    figures=(TABLE_7,),
)
