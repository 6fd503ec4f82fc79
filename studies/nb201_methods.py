"""Which cell does each method find on NAS-Bench-201, on three data sets, beside what papers print?"""

from dataclasses import replace

import numpy as np

from bench.figures.found import found
from bench.sample.paths.strict_fair import StrictFair
from bench.search.searchers.evolution import Evolution
from bench.search.searchers.random import Random
from bench.study.searching import Searching
from bench.study.study import Row, Study
from studies.baseline import BASE
from studies.few_shot import ZHAO
from studies.few_shot import split as few_shot
from studies.search_algorithms import BEST, SPOS, UNIFORM

LOCAL_SHARING = "Distribution consistent neural architecture search, Table 2"


def printed(cifar10: float, deviation: float, cifar100: float, imagenet: float) -> dict[str, tuple[float, float]]:
    """Return test accuracies in percent by data set; the source prints a deviation on CIFAR-10 alone (NaN: none)."""
    return {"cifar10": (cifar10, deviation), "cifar100": (cifar100, np.nan), "imagenet16-120": (imagenet, np.nan)}


PRINTED = {
    "DARTS": printed(54.30, np.nan, 15.61, 16.32),
    "SETN": printed(87.64, np.nan, 59.05, 32.52),
    "GDAS": printed(93.61, np.nan, 70.70, 41.71),
    "FairNAS": printed(93.23, 0.18, 71.00, 42.19),
    "SGNAS": printed(93.53, 0.12, 70.31, 44.98),
    "DARTS-": printed(93.80, 0.40, 71.53, 45.12),
    "local sharing": printed(94.29, 0.07, 73.02, 46.41),
}
"""Of LOCAL_SHARING, four runs each, at the benchmark's full size."""

STUDY = Study(
    name="nb201-methods",
    question="Which cell does each method find, and how good is it on three data sets?",
    source=LOCAL_SHARING,
    truth="nb201/cifar10/test/200ep",
    baseline=UNIFORM,
    seeds=(0, 1, 2, 3),
    rows=(
        Row("uniform, one path", UNIFORM, SPOS),
        Row("strictly fair", replace(BASE, paths=StrictFair(same_batch=False, reduction="sum")), "FairNAS"),
        Row("few-shot", few_shot(0, 0.5), ZHAO),
        BEST,
    ),
    figures=(found(PRINTED),),
    searches=(Searching(name="1,000 cells", by=(Random(), Evolution())),),
)
