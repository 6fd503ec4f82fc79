"""Which cells should be trained more often?"""

from dataclasses import replace

from bench.figures.against_source import AGAINST_SOURCE
from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.sample.paths.flops_constrained import FlopsConstrained
from bench.sample.paths.pro_rata import ProRata
from bench.sample.paths.sandwich import Sandwich
from bench.study.study import Reported, Row, Study
from studies.nb101_batch_norm import CELLS, SCORE, SOURCE, TAU, TRUTH

STUDY = Study(
    name="nb101-sampling",
    question="Which NAS-Bench-101 cells should be trained more often: all equally, or the larger ones?",
    source="Pourchot et al., To share or not to share (2020)",
    truth=TRUTH,
    baseline=CELLS,
    seeds=(0, 1, 2),
    rows=(
        Row("baseline", CELLS, f"{SOURCE}: BN fine-tuned", score=SCORE, published=0.398),
        Row(
            "pro rata",
            replace(CELLS, paths=ProRata()),
            f"{SOURCE}: paths drawn in proportion to params",
            score=SCORE,
            published=0.422,
            reported=Reported("better", TAU, "tau .422 against .398"),
        ),
        Row(
            "uniform over FLOPs",
            replace(CELLS, paths=FlopsConstrained()),
            "Single path one-shot, sec. 3.2: uniform constraint sampling",
            score=SCORE,
        ),
        Row(
            "sandwich",
            replace(CELLS, paths=Sandwich(between=1, same_batch=False)),
            "AutoSlim: the largest, the smallest and a uniform cell, each with its own batch",
            score=SCORE,
        ),
    ),
    figures=(OVER_TOP_N, FACTOR_METRICS, AGAINST_SOURCE),
)
