"""Is what a rate per architecture gives more than a preference for large networks?"""

from dataclasses import replace

from bench.figures.bias import BIAS
from bench.figures.over_top_n import OVER_TOP_N
from bench.optimize.schedules.per_architecture import PerArchitecture
from bench.study.study import Row, Study
from studies.best_recipe import LINEAR, ONE_PATH, OWN_RATES

SHUFFLED = PerArchitecture(shuffled=True)
DYNAS = "DYNAS (CVPR 2025)"
TIMES = {"epochs": 20}
"""Those of the best recipe in study best-recipe."""
SHORT = "distinct, own rates"

STUDY = Study(
    name="size-controls",
    question="Is what a rate per architecture gives more than a preference for large networks?",
    source=f"{DYNAS}: own rates; the controls are ours",
    truth="nb201/cifar10/test/200ep",
    baseline=ONE_PATH,
    seeds=(0, 1, 2),
    rows=(
        Row("best recipe", ONE_PATH, "study best-recipe", times=TIMES),
        Row(
            "best recipe, rates by shuffled parameters",
            replace(ONE_PATH, schedule=SHUFFLED),
            "rates that differ as much, but not by the architecture's own size",
            times=TIMES,
        ),
        Row(
            "best recipe without own rates",
            replace(ONE_PATH, schedule=LINEAR.schedule),
            "one rate for all, which falls linearly",
            times=TIMES,
        ),
        Row(SHORT, OWN_RATES, f"{DYNAS}, five paths per update", against="distinct, one rate"),
        Row(
            f"{SHORT} by shuffled parameters",
            replace(OWN_RATES, schedule=SHUFFLED),
            "the control at the baseline's cost",
            against=SHORT,
        ),
        Row("distinct, one rate", LINEAR, "the rate falls linearly for all", reference=True),
    ),
    figures=(OVER_TOP_N, BIAS),
)
