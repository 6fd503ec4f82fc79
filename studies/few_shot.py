"""Do several supernets, each for one choice of one edge, rank better than one?"""

from dataclasses import replace

from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.recipe.recipe import Recipe
from bench.study.study import Reported, Row, Study
from bench.supernets.nb201 import NB201Net
from studies.baseline import BASE

ZHAO = "Zhao et al., Few-shot neural architecture search (ICML 2021)"


def split(edge: int, after: float) -> Recipe:
    """Return the baseline split at an edge after a fraction of training."""
    return replace(BASE, construct=NB201Net(split=edge, split_after=after))


STUDY = Study(
    name="few-shot",
    question="Do five supernets, one for each operation of an edge, rank better than one?",
    source=ZHAO,
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=(
        Row("baseline", BASE, "one supernet"),
        Row(
            "split at edge 0-1",
            split(0, 0.5),
            ZHAO,
            reported=Reported("better", "kendall-tau-b", "tau .49 to .55 in the authors' published predictions"),
        ),
        Row("split at edge 0-1 from the start", split(0, 0.0), "no common start"),
        Row("split at edge 2-3", split(5, 0.5), "the last edge"),
    ),
    figures=(OVER_TOP_N, FACTOR_METRICS),
)
