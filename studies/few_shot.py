"""Do several supernets, each for a group of cells, rank better than one?"""

from dataclasses import replace

from bench.figures.bias import BIAS
from bench.figures.metrics import FACTOR_METRICS
from bench.figures.over_top_n import OVER_TOP_N
from bench.recipe.recipe import Recipe
from bench.sample.paths.uniform_nonlinear import UniformNonlinear
from bench.study.study import Reported, Row, Study
from bench.supernets.nb201 import NB201Net
from studies.baseline import BASE

ZHAO = "Zhao et al., Few-shot neural architecture search (ICML 2021)"


EFS = "EFS-NAS (AAAI 2025)"
BIASED = "where the bias of a supernet is largest (figure bias of best-recipe)"


def split(edge: int, after: float, choice: str | None = None) -> Recipe:
    """Return the baseline split at an edge after a fraction of training, by all operations or one against the rest."""
    return replace(BASE, construct=NB201Net(split=edge, split_after=after, split_choice=choice))


BY_NUMBER = NB201Net(split_by="nonlinear")
SPREAD = UniformNonlinear(count=5)


STUDY = Study(
    name="few-shot",
    question="Do several supernets, by an edge's operations or by numbers of convolutions, rank better than one?",
    source=f"{ZHAO}; {EFS}",
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
        Row("split at edge 0-3", split(3, 0.5), f"{BIASED}: the skip is too low, pooling too high"),
        Row("pool on edge 2-3 or not", split(5, 0.5, "avg_pool_3x3"), f"two supernets, {BIASED}: too high"),
        Row("skip on edge 0-3 or not", split(3, 0.5, "skip_connect"), f"two supernets, {BIASED}: too low"),
        Row("split by convolutions", replace(BASE, construct=BY_NUMBER), f"{EFS}: a supernet for every number"),
        Row("paths spread over convolutions", replace(BASE, paths=SPREAD), f"{EFS}: its paths, one supernet"),
        Row(
            "split by convolutions, paths spread",
            replace(BASE, construct=BY_NUMBER, paths=SPREAD),
            f"{EFS}: each supernet trained as often as any other",
            against="paths spread over convolutions",
        ),
        Row(
            "paths spread, one per update, 4x passes",
            replace(BASE, paths=UniformNonlinear(count=1)),
            f"{EFS}: its paths, one supernet, trained for longer and updated with every path",
            against="paths spread over convolutions",
            times={"epochs": 20},
        ),
    ),
    figures=(OVER_TOP_N, FACTOR_METRICS, BIAS),
)
