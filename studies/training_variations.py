"""Which of five variations of training changes what a supernet ranks, and in which space?"""

from dataclasses import replace

from bench.figures.over_top_n import over_top_n
from bench.optimize.warm_up import WarmUp
from bench.recipe import Recipe
from bench.sample.uniform import Uniform
from bench.study import Reported, Row, Study
from bench.supernets.sharing import Sharing
from studies.baseline import BASE
from studies.masking import PAPER, POOL, ZERO, without
from studies.network_size import FULL, NO_ZERO, NO_ZERO_POOL
from studies.regularization import AUGMENTED, SMOOTHED

TREND, TAU = "top-n-trend", "kendall-tau-b"
SPACES = {FULL: BASE, NO_ZERO: without(ZERO), NO_ZERO_POOL: without(ZERO, POOL)}


def varied(base: Recipe) -> dict[str, tuple[Recipe, Reported | None]]:
    """Return the variations of a recipe by name, with what the paper says of each in a small network."""
    return {
        "baseline": (base, None),
        "free topology": (
            replace(base, sharing=Sharing(topology="free")),
            Reported("worse", TREND, "trend worse, tau almost the same"),
        ),
        "uniform": (
            replace(base, paths=Uniform(count=5)),
            None,  # the paper's uniform has one path per update: study path-sampling
        ),
        # at preset laptop a cosine stands in the place of one cycle too; warm-up alone: study warm-up-and-clipping
        "cosine, warm-up": (replace(base, schedule=WarmUp()), None),
        "clipped at 5": (replace(base, clip=5.0), Reported("same", TAU, "no notable effect")),
        "AutoAugment and smoothing": (
            replace(base, images=AUGMENTED, loss=SMOOTHED),
            Reported("worse", TREND, "top architectures are underestimated"),
        ),
    }


STUDY = Study(
    name="training-variations",
    question="Do five variations of training change the ranking, and in which spaces?",
    source=f"{PAPER}, sec. 4.3, Figure 6",
    table="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=tuple(
        Row(
            name if space == FULL else space if name == "baseline" else f"{space}, {name}",
            recipe,
            "sec. 4.3, Figure 6",
            reported=reported if space == FULL else None,  # elsewhere the paper has no words for each
            panels=(space,),
            against="" if name == "baseline" or space == FULL else space,
            reference=name == "baseline",
        )
        for space, base in SPACES.items()
        for name, (recipe, reported) in varied(base).items()
    ),
    figures=(over_top_n("over-top-n", "Figure 6", *SPACES),),
)
