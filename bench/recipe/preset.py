"""The presets, and the settings that they fill into recipes."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from bench.errors import RecipeError, unknown_name
from bench.optimize.optimizers.sgd import SGD
from bench.optimize.schedules import Schedule
from bench.optimize.schedules.cosine import Cosine
from bench.optimize.schedules.one_cycle import OneCycle
from bench.recipe.recipe import FilledRecipe, Recipe
from bench.sample.images.images import Images
from bench.slot import OPEN
from bench.spaces import Space
from bench.supernets import Construct, construct_of

NOTHING: Mapping[str, Any] = MappingProxyType({})
POPULATION = "population"
"""The key in a construct's sizes for the population predicted at a preset; it is not a setting of a recipe."""


@dataclass(frozen=True, kw_only=True)
class Preset:
    """The budget of a supernet; fills in the open settings of a recipe and never overrides the others.

    The size of a space's supernets is set by their construct (`Construct.sizes`), which may also change the budget; an
    update may have sizes of its own (`Update.sizes`).
    `population` names the architectures that a trained supernet predicts. `truth` is the ground truth on the preset's
    images, for studies in its space; None: the study's own. A preset `like` another has the sizes of that one. `asked`
    and `search_seeds` limit the searches of studies: architectures that one may ask, and searches of a kind on one
    supernet; None: as many as the study says.
    """

    name: str
    about: str
    images: Images
    optimizer: SGD
    schedule: Schedule
    epochs: int
    prediction_batch: int
    precision: str = "float32"
    population: str = "all"
    truth: str | None = None
    like: str = ""
    asked: int | None = None
    search_seeds: int | None = None

    def population_in(self, space: Space) -> str:
        """Return the name of the population that trained supernets of a space predict."""
        return str(self._sizes(construct_of(space)).get(POPULATION, self.population))

    def fill(self, recipe: Recipe, times: Mapping[str, float] = NOTHING) -> FilledRecipe:
        """Return the recipe with all settings filled in, and those named in `times` multiplied.

        A setting is named `slot.setting`, or by its name alone if it is a field of the recipe itself:
        `{"construct.width": 2, "epochs": 0.5}`. Integers are rounded to integers. Raises `RecipeError` for a setting
        that is not a number, and if the recipe's construct has no sizes at this preset.
        """
        construct = construct_of(recipe.space)() if recipe.construct is OPEN else recipe.construct
        sizes = dict(self._sizes(type(construct)))
        sizes.pop(POPULATION, None)
        own = {field.name for field in dataclasses.fields(construct)}
        fallback: dict[str, Any] = {
            "construct": {name: sizes.pop(name) for name in list(sizes) if name in own},
            "images": vars(self.images),
            "optimizer": vars(self.optimizer),
            "schedule": self.schedule,
            "epochs": self.epochs,
            "prediction_batch": self.prediction_batch,
            "precision": self.precision,
        }
        for name, value in sizes.items():
            slot, _, setting = name.rpartition(".")
            if name not in fallback and (slot not in ("images", "optimizer") or setting not in fallback[slot]):
                raise RecipeError(
                    f"{construct.slot_name()}.sizes['{self.sized_as}'] names '{name}'; allowed: settings of "
                    f"{construct.slot_name()}, images and optimizer, {', '.join(fallback)} and {POPULATION}"
                )
            fallback |= {slot: fallback[slot] | {setting: value}} if slot else {setting: value}
        filled = {field.name: getattr(recipe, field.name) for field in dataclasses.fields(Recipe)} | {
            "construct": construct
        }
        for name, value in (fallback | {"update": recipe.update.sizes.get(self.sized_as, NOTHING)}).items():
            filled[name] = _filled(filled[name], value)
        whole = FilledRecipe(**filled)
        return multiplied(whole, times)

    @property
    def sized_as(self) -> str:
        """Return the name of the preset whose sizes of constructs and updates it has."""
        return self.like or self.name

    def _sizes(self, construct: type[Construct]) -> Mapping[str, Any]:
        if self.sized_as not in construct.sizes:
            raise RecipeError(
                f"construct '{construct.slot_name()}' has no sizes at preset '{self.name}'; it has "
                f"{', '.join(construct.sizes)}"
            )
        return construct.sizes[self.sized_as]


def _filled(chosen: Any, fallback: Any) -> Any:
    """Return a setting, or a slot with its open settings filled in."""
    if chosen is OPEN or not isinstance(fallback, Mapping):
        return fallback if chosen is OPEN else chosen
    left = [f.name for f in dataclasses.fields(chosen) if getattr(chosen, f.name) is OPEN and f.name in fallback]
    return replace(chosen, **{name: fallback[name] for name in left})


def multiplied(recipe: FilledRecipe, times: Mapping[str, float]) -> FilledRecipe:
    """Return the recipe with the settings named in `times` multiplied, as `Preset.fill` says."""
    for setting, factor in times.items():
        recipe = _multiplied(recipe, setting, factor)
    return recipe


def _multiplied(recipe: FilledRecipe, setting: str, factor: float) -> FilledRecipe:
    slot, _, name = setting.rpartition(".")
    holder = getattr(recipe, slot, None) if slot else recipe
    value = getattr(holder, name, None)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RecipeError(f"times names '{setting}', which is {value!r}; allowed: a setting that is a number")
    product = value * factor
    if isinstance(value, int):
        product = round(product)
        if product == 0 < value:
            raise RecipeError(f"{factor:g} times {setting} {value} rounds to 0; this row needs a larger preset")
    changed: Any = replace(holder, **{name: product})  # type: ignore[type-var]
    return replace(recipe, **{slot: changed}) if slot else changed


def with_settings(recipe: FilledRecipe, settings: Mapping[str, Any]) -> FilledRecipe:
    """Return the recipe with settings replaced, each named `slot.setting`, or a slot or field of the recipe itself.

    >>> filled = find_preset("smoke").fill(Recipe())
    >>> changed = with_settings(filled, {"construct.width": 3, "epochs": 7})
    >>> changed.construct.width, changed.epochs
    (3, 7)

    Raises `RecipeError` for a name that the recipe has not, and for a value that is not allowed.
    """
    for name, value in settings.items():
        slot, _, setting = name.rpartition(".")
        holder = getattr(recipe, slot, None) if slot else recipe
        own = [field.name for field in dataclasses.fields(holder)] if dataclasses.is_dataclass(holder) else []
        if setting not in own:
            slots = [field.name for field in dataclasses.fields(recipe)]
            raise unknown_name("setting", name, own or slots, f"settings of {slot or 'a recipe'} are named like this")
        changed: Any = replace(holder, **{setting: value})  # type: ignore[type-var]
        recipe = replace(recipe, **{slot: changed}) if slot else changed
    return recipe


DEMO = Preset(
    name="demo",
    about="minutes on two cores, offline: digits, width 4, one cell per stage, 100 epochs",
    images=Images(dataset="digits", train=700, held_out=200, batch=64, shift=0.125, flip=False),
    optimizer=SGD(rate=0.05, nesterov=True, weight_decay=5e-4),
    schedule=OneCycle(),
    epochs=100,
    prediction_batch=200,
    truth="nb201/digits/test/30ep",
)
LAPTOP = Preset(
    name="laptop",
    about="about five minutes on one CPU core: width 8, one cell per stage, 16x16, 3 epochs",
    images=Images(dataset="cifar10", train=45_000, held_out=500, batch=128, shift=0.0, flip=False),
    optimizer=SGD(rate=0.1, nesterov=True, weight_decay=5e-4),
    schedule=OneCycle(),
    epochs=3,
    prediction_batch=250,
)
PRESETS = {
    preset.name: preset
    for preset in (
        replace(
            DEMO,
            name="smoke",
            about="seconds, for tests: digits, width 2, one cell per stage",
            images=replace(DEMO.images, train=256, held_out=128),
            epochs=3,
            prediction_batch=128,
            asked=100,
            search_seeds=2,
        ),
        DEMO,
        LAPTOP,
        replace(
            LAPTOP,
            name="laptop-cifar100",
            about="as laptop, with the images of CIFAR-100",
            images=replace(LAPTOP.images, dataset="cifar100"),
            truth="nb201/cifar100/test/200ep",
            like="laptop",
        ),
        Preset(
            name="paper",
            # papers/single-path-ranking-correlations, section 3
            about="the papers' size, for a GPU: width 32, two cells per stage, 32x32, 250 epochs",
            images=Images(dataset="cifar10", train=45_000, held_out=5_000, batch=256, shift=0.125, flip=True),
            optimizer=SGD(rate=0.025, nesterov=False, weight_decay=3e-4),
            schedule=Cosine(final=4e-4),  # 1e-5 of .025
            epochs=250,
            prediction_batch=1_000,
        ),
        Preset(
            name="full",
            # batch, rate and weight decay of PA-DA's supernet of this size, which was trained for 250 epochs
            about="the benchmark's own network, for a GPU: width 16, five cells per stage, 32x32, bf16, 100 epochs",
            images=Images(dataset="cifar10", train=45_000, held_out=1_000, batch=256, shift=0.125, flip=True),
            optimizer=SGD(rate=0.05, nesterov=True, weight_decay=2.5e-4),
            schedule=Cosine(),
            epochs=100,
            prediction_batch=1_000,
            precision="bf16",
        ),
    )
}


def find_preset(name: str) -> Preset:
    """Return the preset called `name`; raises `UnknownName` with the known ones."""
    if name not in PRESETS:
        raise unknown_name("preset", name, PRESETS, "'supernet-bench list presets' describes them")
    return PRESETS[name]
