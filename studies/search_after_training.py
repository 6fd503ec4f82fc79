"""Does a recipe that ranks better also find better cells?"""

from dataclasses import replace

from bench.figures.regret_against_ranking import REGRET_AGAINST_RANKING
from bench.search.searchers.random import Random
from bench.study.searching import Searching
from bench.study.study import Row, Study
from studies.baseline import BASE
from studies.batch_norm import STUDY as BATCH_NORM
from studies.batch_size import STUDY as BATCH_SIZE
from studies.dropout import STUDY as DROPOUT
from studies.epochs import STUDY as EPOCHS
from studies.learning_rate import STUDY as LEARNING_RATE
from studies.low_fidelity import STUDY as LOW_FIDELITY
from studies.ofa_kernel import STUDY as OFA_KERNEL
from studies.operation_placement import STUDY as OPERATION_PLACEMENT
from studies.path_sampling import STUDY as PATH_SAMPLING
from studies.paths_per_update import STUDY as PATHS_PER_UPDATE
from studies.reduction import STUDY as REDUCTION
from studies.weight_decay import STUDY as WEIGHT_DECAY
from studies.weight_sharing_batch_norm import STUDY as WEIGHT_SHARING_BATCH_NORM

FACTORS = (
    *(PATH_SAMPLING, PATHS_PER_UPDATE, BATCH_NORM, WEIGHT_SHARING_BATCH_NORM, LEARNING_RATE, WEIGHT_DECAY),
    *(EPOCHS, BATCH_SIZE, LOW_FIDELITY, OFA_KERNEL, OPERATION_PLACEMENT, DROPOUT, REDUCTION),
)


def every_recipe() -> tuple[Row, ...]:
    """Return each recipe of the factors once, named after its study, and the baseline first."""
    found: dict[tuple[str, tuple[tuple[str, float], ...]], Row] = {(repr(BASE), ()): Row("baseline", BASE, "FairNAS")}
    for study in FACTORS:
        for row in study.rows:
            key = (repr(row.recipe), tuple(sorted(row.times.items())))
            named = replace(row, name=f"{study.name}: {row.name}", against="", panels=(), reported=None, published=None)
            found.setdefault(key, named)
    return tuple(found.values())


STUDY = Study(
    name="search-after-training",
    question="Does a recipe that ranks better also find better cells?",
    source="How to train your supernet: the search after each training, with 200 random cells",
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=every_recipe(),
    figures=(REGRET_AGAINST_RANKING,),
    searches=(Searching(name="200 random cells", by=(Random(),), budget=200, seeds=(0, 1, 2)),),
)
