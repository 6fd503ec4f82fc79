"""The whole protocol of a supernet, and the presets that say how large it is."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from bench.errors import RecipeError, unknown_name
from bench.optimize import SGD, Averaging, Loss, Schedule
from bench.optimize.cosine import Cosine
from bench.optimize.cross_entropy import CrossEntropy
from bench.optimize.no_averaging import NoAveraging
from bench.optimize.one_cycle import OneCycle
from bench.sample.images import Images
from bench.sample.paths import Paths
from bench.sample.strict_fair import StrictFair
from bench.slot import Slot, describe
from bench.spaces import Space
from bench.spaces.nb201 import NB201
from bench.supernets.net import Net
from bench.supernets.norms import Norm
from bench.supernets.norms.batch_statistics import BatchStatistics
from bench.supernets.ops import Ops
from bench.supernets.sharing import Sharing

PROTOCOL = 2
"""Raise when training, prediction or a field's default changes its meaning: older runs then count as other runs.

A new field keeps every older run if its default is what a recipe without the field meant.
"""


NOTHING: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Recipe(Slot):
    """Construct (space, net, norm, ops, sharing), sample (paths, images), optimize (the rest), and how to predict.

    `clip` bounds the L2 norm of an update's gradient (None: no bound). `epochs` counts passes over the
    training images. `prediction_batch` is how many held-out images a sub-network sees at a time, which
    matters wherever batch statistics normalize. None is left to the preset, the schedule too: a few epochs
    need another one than hundreds.
    """

    space: Space = field(default_factory=NB201)
    net: Net = field(default_factory=Net)
    norm: Norm = field(default_factory=BatchStatistics)
    ops: Ops = field(default_factory=Ops)
    sharing: Sharing = field(default_factory=Sharing)
    paths: Paths = field(default_factory=StrictFair)
    images: Images = field(default_factory=Images)
    optimizer: SGD = field(default_factory=SGD)
    schedule: Schedule | None = None
    clip: float | None = None
    loss: Loss = field(default_factory=CrossEntropy)
    averaging: Averaging = field(default_factory=NoAveraging)
    epochs: int | None = None
    prediction_batch: int | None = None

    def __post_init__(self) -> None:
        if self.clip is not None and self.clip <= 0:
            raise RecipeError(f"clip is {self.clip}; allowed: above 0, or None for no clipping")
        for name in ("epochs", "prediction_batch"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise RecipeError(f"{name} is {value}; allowed: 1 or more, or None for the preset's")


@dataclass(frozen=True, kw_only=True)
class Preset:
    """How large supernets are; fills in what a recipe leaves open and never overrides what it sets.

    `ranks` names the population that a trained supernet predicts. `table` is the truth for the preset's
    images where that is not the study's own.
    """

    name: str
    about: str
    net: Net
    images: Images
    optimizer: SGD
    schedule: Schedule
    epochs: int
    prediction_batch: int
    ranks: str = "all"
    table: str | None = None

    def fill(self, recipe: Recipe, times: Mapping[str, float] = NOTHING) -> Recipe:
        """Return the recipe with every size set, and the settings that `times` names multiplied.

        A setting is spelled `slot.setting`, or by its name alone where the recipe holds it itself:
        `{"net.width": 2, "epochs": 0.5}`. Whole numbers stay whole. Raises `RecipeError` for what is no number.
        """
        filled = replace(
            recipe,
            net=_filled(recipe.net, self.net),
            images=_filled(recipe.images, self.images),
            optimizer=_filled(recipe.optimizer, self.optimizer),
            schedule=recipe.schedule or self.schedule,
            epochs=recipe.epochs or self.epochs,
            prediction_batch=recipe.prediction_batch or self.prediction_batch,
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


def recipe_hash(recipe: Recipe, preset: str) -> str:
    """Return ten hexadecimal digits that name a filled recipe at a preset; any changed setting changes them.

    Settings at their default do not enter, so that a slot which gains a field keeps its stored runs.
    """
    identity = {"protocol": PROTOCOL, "preset": preset, "recipe": describe(recipe, changed_only=True)}
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:10]


PRESETS = {
    preset.name: preset
    for preset in (
        Preset(
            name="smoke",
            about="seconds, for tests: digits, width 2, one cell per stage",
            net=Net(cells=1, width=2, resolution=8, reduction="pooled"),
            images=Images(dataset="digits", train=256, held_out=128, batch=64, shift=0.125, flip=False),
            optimizer=SGD(rate=0.05, nesterov=True, weight_decay=5e-4),
            schedule=OneCycle(),
            epochs=3,
            prediction_batch=128,
            ranks="connected-500",
            table="nb201/digits/test/30ep",
        ),
        Preset(
            name="demo",
            about="minutes on two cores, offline: digits, width 4, one cell per stage, 100 epochs",
            net=Net(cells=1, width=4, resolution=8, reduction="pooled"),
            images=Images(dataset="digits", train=700, held_out=200, batch=64, shift=0.125, flip=False),
            optimizer=SGD(rate=0.05, nesterov=True, weight_decay=5e-4),
            schedule=OneCycle(),
            epochs=100,
            prediction_batch=200,
            table="nb201/digits/test/30ep",
        ),
        Preset(
            name="laptop",
            about="about five minutes on one CPU core: width 8, one cell per stage, 16x16, 3 epochs",
            net=Net(cells=1, width=8, resolution=16, reduction="pooled"),
            images=Images(dataset="cifar10", train=45_000, held_out=500, batch=128, shift=0.0, flip=False),
            optimizer=SGD(rate=0.1, nesterov=True, weight_decay=5e-4),
            schedule=OneCycle(),
            epochs=3,
            prediction_batch=250,
        ),
        Preset(
            name="paper",
            # papers/single-path-ranking-correlations, section 3: the small network
            about="the papers' size, for a GPU: width 32, two cells per stage, 32x32, 250 epochs",
            net=Net(cells=2, width=32, resolution=32, reduction="residual"),
            images=Images(dataset="cifar10", train=45_000, held_out=5_000, batch=256, shift=0.125, flip=True),
            optimizer=SGD(rate=0.025, nesterov=False, weight_decay=3e-4),
            schedule=Cosine(final=4e-4),  # 1e-5 of .025
            epochs=250,
            prediction_batch=1_000,
        ),
    )
}


def find_preset(name: str) -> Preset:
    """Return the preset called `name`; raises `UnknownName` with the known ones."""
    if name not in PRESETS:
        raise unknown_name("preset", name, PRESETS, "'supernet-bench list presets' describes them")
    return PRESETS[name]
