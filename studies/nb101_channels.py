"""Which weights should a vertex use that has fewer channels than the largest?"""

from dataclasses import replace

from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.spaces.nb101 import NB101
from bench.study.study import Row, Study
from bench.supernets.nb101 import NB101Net
from studies.nb101_batch_norm import CELLS, SCORE, TRUTH

STUDY = Study(
    name="nb101-channels",
    question="A NAS-Bench-101 cell sets the channels of its vertices: which of a shared weight should narrow ones use?",
    source="How to train your supernet: factor 'dynamic channel' (its code names the options; no tau is printed)",
    truth=TRUTH,
    baseline=CELLS,
    seeds=(0, 1, 2),
    rows=(
        Row("baseline", CELLS, "the leading channels (fixed_chunck)", score=SCORE),
        *(
            Row(name, replace(CELLS, construct=NB101Net(channels=channels)), source, score=SCORE)
            for name, channels, source in (
                ("random window", "window", "random_chunck: a contiguous part, drawn at every use in training"),
                ("random subset", "subset", "select_dropout: any channels, drawn at every use in training"),
                ("interpolation", "interpolated", "interpolation: averages over equal parts of the channels"),
                ("a weight for each width", "own", "expand: nothing is shared between numbers of channels"),
            )
        ),
        Row(
            "fixed channels",
            replace(CELLS, space=NB101(output_edges=2)),
            "fix_channels: only cells with two edges to the output, whose widths hardly vary",
            score=SCORE,
        ),
    ),
    figures=(OVER_TOP_N, FACTOR_METRICS),
)
