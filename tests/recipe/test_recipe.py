import hashlib
import subprocess
import sys
from dataclasses import dataclass, fields, replace

import pytest

from bench.allowed import positive
from bench.errors import RecipeError, UnknownName
from bench.optimize.averagings.exponential_averaging import ExponentialAveraging
from bench.optimize.losses.cross_entropy import CrossEntropy
from bench.optimize.optimizers.sgd import SGD
from bench.optimize.schedules.cosine import Cosine
from bench.places import PROJECT
from bench.recipe.preset import PRESETS, find_preset
from bench.recipe.recipe import FilledRecipe, Recipe
from bench.registry import load_plugin
from bench.sample.images.images import Images
from bench.sample.paths.strict_fair import StrictFair
from bench.sample.paths.uniform import Uniform
from bench.slot import OPEN, Slot, describe, open_settings, setting
from bench.spaces.nb201 import NB201
from bench.spaces.track1 import Track1
from bench.supernets.nb201 import NB201Net
from bench.supernets.norms.tracked import Tracked

CHANGES = {
    "space": NB201(mask=("none",)),
    "construct": NB201Net(cells=2),
    "norm": Tracked(),
    "paths": StrictFair(reduction="sum"),
    "images": Images(flip=True),
    "update": None,
    "optimizer": SGD(momentum=0.8),
    "schedule": Cosine(final=0.2),
    "clip": 5.0,
    "loss": CrossEntropy(smoothing=0.1),
    "averaging": ExponentialAveraging(),
    "precision": "bf16",
    "epochs": 7,
    "prediction_batch": 3,
}


def test_the_changes_below_cover_every_slot():
    assert CHANGES.keys() == {field.name for field in fields(Recipe)}


@pytest.mark.parametrize("slot", [name for name in CHANGES if name != "update"])  # there is one way so far
def test_a_changed_setting_is_another_run(slot):
    smoke = find_preset("smoke")
    changed = smoke.fill(replace(Recipe(), **{slot: CHANGES[slot]}))
    assert changed.hash != smoke.fill(Recipe()).hash


def test_the_same_settings_spelt_otherwise_are_the_same_run():
    smoke = find_preset("smoke")
    spelt_out = Recipe(paths=StrictFair(same_batch=True), construct=NB201Net(width=2), epochs=3)
    assert smoke.fill(spelt_out).hash == smoke.fill(Recipe()).hash


def test_an_edited_default_is_another_recipe(monkeypatch):
    before = find_preset("laptop").fill(Recipe()).hash
    monkeypatch.setattr(SGD.__dataclass_fields__["momentum"], "default", 0.85)
    monkeypatch.setattr(SGD.__init__, "__kwdefaults__", SGD.__init__.__kwdefaults__ | {"momentum": 0.85})
    assert SGD().momentum == 0.85
    assert find_preset("laptop").fill(Recipe()).hash != before


def test_a_setting_that_was_added_later_is_no_part_of_the_identity_at_what_was_meant_before():
    @dataclass(frozen=True, kw_only=True)
    class Loss(Slot):
        smoothing: float = 0.0

    @dataclass(frozen=True, kw_only=True)
    class Grown(Loss):
        scale: float = setting(2.0, positive(), before=1.0)

        @classmethod
        def slot_name(cls) -> str:
            return "loss"

    def identity(slot):
        return {key: value for key, value in describe(slot).items() if key != "source_sha256"}

    assert identity(Loss()) == identity(Grown(scale=1.0)) == {"is": "loss", "smoothing": 0.0}
    assert identity(Grown()) == {"is": "loss", "smoothing": 0.0, "scale": 2.0}, "an edited default is told"


def test_the_code_of_a_plug_in_is_part_of_its_identity(tmp_path, no_plugins):
    code = "from bench.sample.paths.uniform import Uniform\n\nclass Mine(Uniform):\n    pass\n"
    told = []
    for name, text in (("a.py", code), ("b.py", code + "# changed\n")):
        (tmp_path / name).write_text(text)
        told.append(describe(load_plugin(tmp_path / name).Mine()))
    assert told[0]["is"] == "mine"
    assert told[0]["source_sha256"] == hashlib.sha256(code.encode()).hexdigest()
    assert told[1] != told[0]


@pytest.mark.slow
def test_the_hash_is_the_same_in_another_process():
    code = (
        "from bench.recipe.preset import *; from bench.recipe.recipe import *; "
        "print(find_preset('paper').fill(Recipe()).hash)"
    )
    environment = {"PYTHONHASHSEED": "5", "PYTHONPATH": str(PROJECT)}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == find_preset("paper").fill(Recipe()).hash


@pytest.mark.parametrize("name", PRESETS)
def test_a_filled_recipe_has_every_size(name):
    for space in (NB201(), Track1()):
        filled = find_preset(name).fill(Recipe(space=space))
        assert isinstance(filled, FilledRecipe)
        assert open_settings(filled) == []
        assert None not in [getattr(filled, field.name) for field in fields(filled)]


def test_a_filled_recipe_with_something_open_is_refused():
    filled = find_preset("smoke").fill(Recipe())
    construct = replace(filled.construct, width=OPEN)
    with pytest.raises(
        RecipeError, match=r"construct\.width, epochs of the recipe are open; fill them in with a preset"
    ):
        replace(filled, construct=construct, epochs=OPEN)


def test_the_construct_of_a_space_brings_its_own_sizes_and_budget():
    track1 = find_preset("laptop").fill(Recipe(space=Track1()))
    assert (track1.images.batch, track1.epochs, track1.images.train) == (32, 4, 45_000)
    assert find_preset("laptop").fill(Recipe()).images.batch == 128
    assert find_preset("smoke").population_in(Track1()) == "random-50"
    assert find_preset("smoke").population_in(NB201()) == "connected-500"
    assert find_preset("laptop").population_in(NB201()) == "all"


def test_sizes_that_name_no_setting_are_refused(monkeypatch):
    monkeypatch.setitem(NB201Net.sizes, "smoke", {"cells": 1, "images.bacth": 2})
    with pytest.raises(RecipeError, match=r"nb201-net\.sizes\['smoke'\] names 'images\.bacth'; allowed: settings of"):
        find_preset("smoke").fill(Recipe())


def test_a_construct_without_sizes_at_a_preset_is_named(monkeypatch):
    monkeypatch.setattr(NB201Net, "sizes", {name: sizes for name, sizes in NB201Net.sizes.items() if name != "demo"})
    with pytest.raises(RecipeError, match="'nb201-net' has no sizes at preset 'demo'; it has smoke, laptop, paper"):
        find_preset("demo").fill(Recipe())


def test_preset_smoke_is_demo_with_fewer_images_epochs_and_searches():
    smoke, demo = find_preset("smoke"), find_preset("demo")
    own = {field.name for field in fields(smoke) if getattr(smoke, field.name) != getattr(demo, field.name)}
    assert own == {"name", "about", "images", "epochs", "prediction_batch", "asked", "search_seeds"}
    assert smoke.images == replace(demo.images, train=256, held_out=128)
    assert [(one.epochs, one.optimizer.rate, one.images.batch) for one in (smoke, demo)] == [
        (3, 0.05, 64),
        (100, 0.05, 64),
    ]


def test_a_preset_never_overrides_what_the_recipe_sets():
    own = Recipe(
        construct=NB201Net(width=5),
        images=Images(held_out=0, batch=9),
        optimizer=SGD(rate=0.3),
        epochs=2,
        schedule=Cosine(),
    )
    filled = find_preset("smoke").fill(own)
    assert (filled.construct.width, filled.construct.cells) == (5, 1)
    assert (filled.images.held_out, filled.images.batch, filled.images.train) == (0, 9, 256)
    assert (filled.optimizer.rate, filled.epochs, filled.schedule) == (0.3, 2, Cosine())


def test_a_slot_is_described_by_its_name_and_settings():
    assert describe(Uniform(count=2)) == {"is": "uniform", "same_batch": True, "reduction": "mean", "count": 2}
    assert describe(Recipe())["space"] == {"is": "nb201", "mask": [], "fixed": None}


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ({"clip": 0}, "recipe.clip is 0; allowed: above 0, or infinite for no clipping"),
        ({"epochs": 0}, "recipe.epochs is 0; allowed: a whole number, 1 or more, or OPEN for the preset's"),
        ({"paths": SGD()}, "recipe.paths is SGD.*; allowed: an object of a class derived from Paths"),
        ({"prediction_batch": 0}, "recipe.prediction_batch is 0; allowed: a whole number, 1 or more, images, or OPEN"),
    ],
)
def test_a_setting_outside_its_range_is_refused(setting, reason):
    with pytest.raises(RecipeError, match=reason):
        Recipe(**setting)


def test_an_unknown_preset_brings_the_closest_known_one():
    with pytest.raises(UnknownName, match=r"unknown preset 'labtop'; did you mean 'laptop'.*list presets"):
        find_preset("labtop")


def test_times_multiplies_what_the_preset_filled_in():
    laptop = find_preset("laptop")
    plain = laptop.fill(Recipe())
    filled = laptop.fill(Recipe(), {"construct.width": 2, "optimizer.rate": 0.5, "epochs": 1 / 3})
    assert filled == replace(
        plain, construct=replace(plain.construct, width=16), optimizer=replace(plain.optimizer, rate=0.05), epochs=1
    )
    again = laptop.fill(Recipe(), {"epochs": 1 / 3})
    assert laptop.fill(Recipe(epochs=1)).hash == again.hash, "said in either way it is the same run"


@pytest.mark.parametrize("setting", ["construct.reduction", "construct.depth", "depth", "images.flip", "averaging"])
def test_times_of_what_is_no_number_is_refused(setting):
    with pytest.raises(RecipeError, match=f"times names '{setting}', which is .*; allowed: a setting that is a number"):
        find_preset("laptop").fill(Recipe(), {setting: 2})


def test_times_that_leave_nothing_are_refused():
    with pytest.raises(RecipeError, match=r"0\.5 times construct\.cells 1 rounds to 0; this row needs a larger preset"):
        find_preset("laptop").fill(Recipe(), {"construct.cells": 0.5})
