"""How many architectures does local sharing need in its pool?"""

from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.study.study import Reported, Row, Study
from studies.local_sharing import FOUND, LEARNED, SOURCE, TAU, UPDATES

POOL = "update.pool"

STUDY = Study(
    name="pool-size",
    question="Does local sharing rank better the more architectures it trains and clusters?",
    source=f"{SOURCE}, Table 5: once, half and twice as many as the preset's pool; four times are ours",
    truth="nb201/cifar10/test/200ep",
    baseline=LEARNED,
    seeds=(0, 1, 2),
    rows=(
        Row("once", LEARNED, f"{SOURCE}, Table 5: N = 10,000, each trained as often as there", times=UPDATES),
        Row(
            "half",
            LEARNED,
            f"{SOURCE}, Table 5: N = 5,000",
            times=UPDATES | {POOL: 0.5},
            reported=Reported("worse", TAU, f"{FOUND} 77.7 %, with 10,000 78.1 %"),
        ),
        Row(
            "twice",
            LEARNED,
            f"{SOURCE}, Table 5: N = 20,000",
            times=UPDATES | {POOL: 2},
            reported=Reported("same", TAU, f"{FOUND} 78.0 %, with 10,000 78.1 %"),
        ),
        Row("four times", LEARNED, "2,000 at preset laptop, an eighth of the space", times=UPDATES | {POOL: 4}),
    ),
    figures=(OVER_TOP_N, FACTOR_METRICS),
)
