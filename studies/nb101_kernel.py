"""Should the 1x1 convolution of a vertex share the weights of its 3x3?"""

from dataclasses import replace

from bench.figures.against_source import AGAINST_SOURCE
from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.figures.tau_over_epochs import TAU_OVER_EPOCHS
from bench.sample.paths.pro_rata import ProRata
from bench.study.study import Reported, Row, Study
from bench.supernets.nb101 import NB101Net
from studies.nb101_batch_norm import CELLS, SCORE, SOURCE, TAU, TRUTH

SINGLE = replace(CELLS, construct=NB101Net(kernel_1x1="centre"))

STUDY = Study(
    name="nb101-kernel",
    question="Should the 1x1 convolution of a NAS-Bench-101 vertex be the centre of its 3x3 kernel?",
    source="Pourchot et al., To share or not to share (2020); How to train your supernet: factor 'OFA kernel'",
    truth=TRUTH,
    baseline=CELLS,
    seeds=(0, 1, 2),
    rows=(
        Row("baseline", CELLS, f"{SOURCE}: BN fine-tuned", score=SCORE, published=0.398),
        Row(
            "single kernel",
            SINGLE,
            f"{SOURCE}: single kernel, 4 of 5 seeds",
            score=SCORE,
            published=0.454,
            reported=Reported("better", TAU, "tau .454 against .398"),
        ),
        Row(
            "single kernel, pro rata",
            replace(SINGLE, paths=ProRata()),
            f"{SOURCE}: single kernel and pro rata",
            score=SCORE,
            published=0.416,
            reported=Reported("better", TAU, "tau .416 against .398"),
        ),
        Row(
            "transformed centre",
            replace(CELLS, construct=NB101Net(kernel_1x1="transformed-centre")),
            "Once-for-all, sec. 3.3: with a learned factor",
            score=SCORE,
        ),
    ),
    figures=(OVER_TOP_N, FACTOR_METRICS, AGAINST_SOURCE, TAU_OVER_EPOCHS),
)
