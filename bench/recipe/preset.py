"""How large supernets are: the presets, and the sizes that they fill into recipes."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from bench.errors import RecipeError, unknown_name
from bench.optimize.optimizers.sgd import SGD
from bench.optimize.schedules import Schedule
from bench.optimize.schedules.cosine import Cosine
from bench.optimize.schedules.one_cycle import OneCycle
from bench.optimize.schedules.warm_up import WarmUp
from bench.recipe.recipe import Recipe
from bench.sample.images.images import Images
from bench.slot import Slot
from bench.spaces import Space
from bench.supernets.net import Net

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Sizes(Slot):
    """What a preset fills into the recipes of one kind of space.

    `ranks` names the population that a trained supernet predicts.
    """

    net: Net
    images: Images
    optimizer: SGD
    schedule: Schedule
    epochs: int
    prediction_batch: int
    ranks: str = "all"


@dataclass(frozen=True, kw_only=True)
class Preset:
    """How large supernets are; fills in what a recipe leaves open and never overrides what it sets.

    `sizes` are those of the cell spaces, `of_space` those of others, by the name of the space. `table` is the truth
    for the preset's images where that is not the study's own.
    """

    name: str
    about: str
    sizes: Sizes
    of_space: Mapping[str, Sizes] = field(default_factory=dict)
    table: str | None = None

    def sizes_in(self, space: Space) -> Sizes:
        """Return the sizes of recipes in a space."""
        return self.of_space.get(space.slot_name(), self.sizes)

    def ranks_in(self, space: Space) -> str:
        """Return the population of a space that trained supernets predict."""
        return self.sizes_in(space).ranks

    def fill(self, recipe: Recipe, times: Mapping[str, float] = NOTHING) -> Recipe:
        """Return the recipe with every size set, and the settings that `times` names multiplied.

        A setting is spelled `slot.setting`, or by its name alone where the recipe holds it itself:
        `{"net.width": 2, "epochs": 0.5}`. Whole numbers stay whole. Raises `RecipeError` for what is no number.
        """
        sizes = self.sizes_in(recipe.space)
        filled = replace(
            recipe,
            net=_filled(recipe.net, sizes.net),
            images=_filled(recipe.images, sizes.images),
            optimizer=_filled(recipe.optimizer, sizes.optimizer),
            schedule=recipe.schedule or sizes.schedule,
            epochs=recipe.epochs or sizes.epochs,
            prediction_batch=recipe.prediction_batch or sizes.prediction_batch,
        )
        for setting, factor in times.items():
            filled = _multiplied(filled, setting, factor)
        return filled


def _multiplied(recipe: Recipe, setting: str, factor: float) -> Recipe:
    slot, _, name = setting.rpartition(".")
    holder = getattr(recipe, slot, None) if slot else recipe
    value = getattr(holder, name, None)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RecipeError(f"times names '{setting}', which is {value!r}; allowed: a setting that is a number")
    product = value * factor
    if isinstance(value, int):
        product = round(product)
        if product == 0 < value:
            raise RecipeError(f"{factor:g} times {setting} {value} leaves nothing; this row needs a larger preset")
    changed: Any = replace(holder, **{name: product})  # type: ignore[type-var]
    return replace(recipe, **{slot: changed}) if slot else changed


def _filled(chosen: Any, default: Any) -> Any:
    open_fields = [f.name for f in dataclasses.fields(chosen) if getattr(chosen, f.name) is None]
    return replace(chosen, **{name: getattr(default, name) for name in open_fields})


PRESETS = {
    preset.name: preset
    for preset in (
        Preset(
            name="smoke",
            about="seconds, for tests: digits, width 2, one cell per stage",
            sizes=Sizes(
                net=Net(cells=1, width=2, resolution=8, reduction="pooled"),
                images=Images(dataset="digits", train=256, held_out=128, batch=64, shift=0.125, flip=False),
                optimizer=SGD(rate=0.05, nesterov=True, weight_decay=5e-4),
                schedule=OneCycle(),
                epochs=3,
                prediction_batch=128,
                ranks="connected-500",
            ),
            of_space={
                "track1": Sizes(
                    net=Net(resolution=8),
                    images=Images(dataset="digits", train=24, held_out=64, batch=12, shift=0.125, flip=False),
                    optimizer=SGD(rate=0.05, nesterov=True, weight_decay=5e-4),
                    schedule=OneCycle(),
                    epochs=2,
                    prediction_batch=64,
                    ranks="random-50",
                )
            },
            table="nb201/digits/test/30ep",
        ),
        Preset(
            name="demo",
            about="minutes on two cores, offline: digits, width 4, one cell per stage, 100 epochs",
            sizes=Sizes(
                net=Net(cells=1, width=4, resolution=8, reduction="pooled"),
                images=Images(dataset="digits", train=700, held_out=200, batch=64, shift=0.125, flip=False),
                optimizer=SGD(rate=0.05, nesterov=True, weight_decay=5e-4),
                schedule=OneCycle(),
                epochs=100,
                prediction_batch=200,
            ),
            of_space={
                "track1": Sizes(
                    net=Net(resolution=8),
                    images=Images(dataset="digits", train=700, held_out=200, batch=64, shift=0.125, flip=False),
                    optimizer=SGD(rate=0.05, nesterov=True, weight_decay=5e-4),
                    schedule=OneCycle(),
                    epochs=20,
                    prediction_batch=200,
                )
            },
            table="nb201/digits/test/30ep",
        ),
        Preset(
            name="laptop",
            about="about five minutes on one CPU core: width 8, one cell per stage, 16x16, 3 epochs",
            sizes=Sizes(
                net=Net(cells=1, width=8, resolution=16, reduction="pooled"),
                images=Images(dataset="cifar10", train=45_000, held_out=500, batch=128, shift=0.0, flip=False),
                optimizer=SGD(rate=0.1, nesterov=True, weight_decay=5e-4),
                schedule=OneCycle(),
                epochs=3,
                prediction_batch=250,
            ),
            of_space={
                "track1": Sizes(
                    net=Net(resolution=16),
                    # smaller batches than the paper's 128: a network per update needs many updates
                    images=Images(dataset="cifar10", train=45_000, held_out=500, batch=32, shift=0.0, flip=False),
                    optimizer=SGD(rate=0.1, nesterov=True, weight_decay=5e-4),
                    schedule=OneCycle(),
                    epochs=4,
                    prediction_batch=250,
                )
            },
        ),
        Preset(
            name="paper",
            # papers/single-path-ranking-correlations, section 3: the small network
            about="the papers' size, for a GPU: width 32, two cells per stage, 32x32, 250 epochs",
            sizes=Sizes(
                net=Net(cells=2, width=32, resolution=32, reduction="residual"),
                images=Images(dataset="cifar10", train=45_000, held_out=5_000, batch=256, shift=0.125, flip=True),
                optimizer=SGD(rate=0.025, nesterov=False, weight_decay=3e-4),
                schedule=Cosine(final=4e-4),  # 1e-5 of .025
                epochs=250,
                prediction_batch=1_000,
            ),
            of_space={
                "track1": Sizes(
                    # the code of papers/neural-channel-search: 2,000 of 300 * 351 updates warm up
                    net=Net(resolution=32),
                    images=Images(dataset="cifar100", train=45_000, held_out=5_000, batch=128, shift=0.125, flip=True),
                    optimizer=SGD(rate=0.1, nesterov=False, weight_decay=5e-4),
                    schedule=WarmUp(portion=0.019, then=Cosine()),
                    epochs=300,
                    prediction_batch=1_000,
                )
            },
        ),
    )
}


def find_preset(name: str) -> Preset:
    """Return the preset called `name`; raises `UnknownName` with the known ones."""
    if name not in PRESETS:
        raise unknown_name("preset", name, PRESETS, "'supernet-bench list presets' describes them")
    return PRESETS[name]
