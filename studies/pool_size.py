"""How many architectures does local sharing need in its pool?"""

from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.study.study import Reported, Row, Study
from studies.local_sharing import LEARNED, SOURCE, TAU, UPDATES, local_sharing

FOUND = "top-1 of the network found on ImageNet"

STUDY = Study(
    name="pool-size",
    question="Does local sharing rank better the more architectures it trains and clusters?",
    source=f"{SOURCE}, Table 5: half, once and twice as many; four times are ours",
    truth="nb201/cifar10/test/200ep",
    baseline=LEARNED,
    seeds=(0, 1, 2),
    rows=(
        Row("500", LEARNED, f"{SOURCE}, Table 5: N = 10,000, each trained as often as there", times=UPDATES),
        Row(
            "250",
            local_sharing(pool=250),
            f"{SOURCE}, Table 5: N = 5,000",
            times=UPDATES,
            reported=Reported("worse", TAU, f"{FOUND} 77.7 %, with 10,000 78.1 %"),
        ),
        Row(
            "1,000",
            local_sharing(pool=1_000),
            f"{SOURCE}, Table 5: N = 20,000",
            times=UPDATES,
            reported=Reported("same", TAU, f"{FOUND} 78.0 %, with 10,000 78.1 %"),
        ),
        Row("2,000", local_sharing(pool=2_000), "an eighth of the space", times=UPDATES),
    ),
    figures=(OVER_TOP_N, FACTOR_METRICS),
)
