"""Do recipes that rank well in a small supernet rank well in a larger one?"""

from collections.abc import Mapping
from dataclasses import replace

from bench.figures.orders import orders
from bench.recipe.recipe import Recipe
from bench.sample.paths.uniform import Uniform
from bench.study.panels import in_panel
from bench.study.study import Row, Study
from bench.supernets.nb201 import NB201Net
from bench.supernets.norms.tracked import Tracked
from studies.baseline import BASE
from studies.best_recipe import ONE_PATH
from studies.few_shot import ZHAO, split
from studies.masking import CONV1, PAPER, SKIP, without

AT_PRESET = "the preset's size"
TIMES: Mapping[str, Mapping[str, float]] = {
    "half the resolution": {"construct.resolution": 0.5},
    "half the channels": {"construct.width": 0.5},
    "twice the channels": {"construct.width": 2},
    "four times the channels": {"construct.width": 4},
    "twice the cells": {"construct.cells": 2},
    "five times the cells": {"construct.cells": 5},
    "four times the epochs": {"epochs": 4},
}
"""What each size multiplies; preset laptop has 16x16 images, 8 channels, one cell per stage, and 3 epochs.

Images are not larger than those of a preset: 16x16 against 32x32 is half the resolution at preset full.
"""
RESIDUAL = "residual reductions"
RECIPES = (
    Row("uniform, one path", replace(BASE, paths=Uniform(count=1)), "an update for every batch"),
    Row("no Skip", without(SKIP), f"{PAPER}, sec. 4.1", reference=True),
    Row("no 1x1", without(CONV1), f"{PAPER}, sec. 4.1", reference=True),
    Row("tracked norm", replace(BASE, norm=Tracked()), "How to train your supernet"),
    Row("twice the rate", BASE, "How to train your supernet", times={"optimizer.rate": 2}),
    Row("best recipe", ONE_PATH, "study best-recipe", times={"epochs": 20}),
    Row("split at edge 0-1", split(0, 0.5), ZHAO),
)
"""Recipes that differ clearly; the first of every size is the baseline. Masked ones have an order, and no answer."""


def sized(row: Row, times: Mapping[str, float]) -> Row:
    """Return a row at another size."""
    both = dict(row.times)
    for setting, factor in times.items():
        both[setting] = both.get(setting, 1) * factor
    return replace(row, times=both)


def residual(recipe: Recipe) -> Recipe:
    """Return a recipe with the benchmark's reductions."""
    net = recipe.construct if isinstance(recipe.construct, NB201Net) else NB201Net()
    return replace(recipe, construct=replace(net, reduction="residual"))


BASELINE = Row("baseline", BASE, "strictly fair")
ROWS = (
    *in_panel(AT_PRESET, BASELINE, *RECIPES, main=True),
    *(
        row
        for size, times in TIMES.items()
        for row in in_panel(size, sized(BASELINE, times), *(sized(row, times) for row in RECIPES))
    ),
    *in_panel(RESIDUAL, *(replace(row, recipe=residual(row.recipe)) for row in (BASELINE, *RECIPES))),
)
STUDY = Study(
    name="scale",
    question="Do recipes stand in the same order in smaller and larger supernets?",
    source="eight recipes that differ clearly, at nine sizes; what a study of a small supernet is worth",
    truth="nb201/cifar10/test/200ep",
    baseline=BASE,
    seeds=(0, 1, 2),
    rows=tuple(replace(row, against="") if row.reference else row for row in ROWS),
    figures=(orders(AT_PRESET, BASELINE.name),),
)
