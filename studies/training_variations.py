"""Which of five variations of training changes what a supernet ranks, and in which space?"""

from dataclasses import replace

from bench.figures.over_top_n import over_top_n
from bench.optimize.schedules.warm_up import WarmUp
from bench.sample.paths.uniform import Uniform
from bench.study.panels import in_panel
from bench.study.study import Reported, Row, Study
from bench.supernets.nb201 import NB201Net
from studies.baseline import BASE
from studies.masking import FULL, MASKS, PAPER, without
from studies.regularization import AUGMENTED, SMOOTHED

FIGURE = "sec. 4.3, Figure 6"
TREND, TAU = "top-n-trend", "kendall-tau-b"
REPORTED = {
    "free topology": Reported("worse", TREND, "trend worse, tau almost the same"),
    "clipped at 5": Reported("same", TAU, "no notable effect"),
    "AutoAugment and smoothing": Reported("worse", TREND, "top architectures are underestimated"),
}
"""The paper's results for variations of small networks in the whole space; it does not comment on each of the others.

Uniform paths are missing, as the paper's have one path per update, see study path-sampling. Warm-up is missing, as the
row also replaces preset laptop's one cycle by a cosine; study warm-up-and-clipping changes warm-up alone.
"""


def varied(space: str) -> tuple[Row, ...]:
    """Return the baseline of a space and its variations."""
    base = without(*MASKS[space])
    variations = {
        "free topology": replace(base, construct=NB201Net(topology="free")),
        "uniform": replace(base, paths=Uniform(count=5)),
        "cosine, warm-up": replace(base, schedule=WarmUp()),
        "clipped at 5": replace(base, clip=5.0),
        "AutoAugment and smoothing": replace(base, images=AUGMENTED, loss=SMOOTHED),
    }
    results = REPORTED if space == FULL else {}
    rows = (Row(name, recipe, FIGURE, reported=results.get(name)) for name, recipe in variations.items())
    return in_panel(space, Row("baseline", base, FIGURE), *rows, main=space == FULL)


STUDY = Study(
    name="training-variations",
    question="Do five variations of training change the ranking, and in which spaces?",
    source=f"{PAPER}, {FIGURE}",
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=tuple(row for space in MASKS for row in varied(space)),
    figures=(over_top_n("over-top-n", "Figure 6", *MASKS),),
)
