import hashlib
import subprocess
import sys
from dataclasses import dataclass, fields, replace

import pytest

from bench import registry
from bench.errors import RecipeError, UnknownName
from bench.optimize.averagings.exponential_averaging import ExponentialAveraging
from bench.optimize.losses.cross_entropy import CrossEntropy
from bench.optimize.optimizers.sgd import SGD
from bench.optimize.schedules.cosine import Cosine
from bench.places import PROJECT
from bench.recipe.preset import PRESETS, find_preset
from bench.recipe.recipe import Recipe, recipe_hash
from bench.registry import load_plugin
from bench.sample.images.images import Images
from bench.sample.paths.strict_fair import StrictFair
from bench.sample.paths.uniform import Uniform
from bench.slot import Slot, describe
from bench.spaces.nb201 import NB201
from bench.supernets.net import Net
from bench.supernets.norms.tracked import Tracked
from bench.supernets.ops import Ops
from bench.supernets.sharing import Sharing

CHANGES = {
    "space": NB201(mask=("none",)),
    "net": Net(cells=2),
    "norm": Tracked(),
    "ops": Ops(global_dropout=0.1),
    "sharing": Sharing(topology="free"),
    "paths": StrictFair(reduction="sum"),
    "images": Images(flip=True),
    "optimizer": SGD(momentum=0.8),
    "schedule": Cosine(final=0.2),
    "clip": 5.0,
    "loss": CrossEntropy(smoothing=0.1),
    "averaging": ExponentialAveraging(),
    "epochs": 7,
    "prediction_batch": 3,
}


def test_the_changes_below_cover_every_slot():
    assert CHANGES.keys() == {field.name for field in fields(Recipe)}


@pytest.mark.parametrize("slot", CHANGES)
def test_a_changed_setting_is_another_run(slot):
    smoke = find_preset("smoke")
    changed = smoke.fill(replace(Recipe(), **{slot: CHANGES[slot]}))
    assert recipe_hash(changed, "smoke") != recipe_hash(smoke.fill(Recipe()), "smoke")


def test_the_same_settings_spelt_otherwise_are_the_same_run():
    smoke = find_preset("smoke")
    spelt_out = Recipe(paths=StrictFair(same_batch=True), net=Net(width=2), epochs=3)
    assert recipe_hash(smoke.fill(spelt_out), "smoke") == recipe_hash(smoke.fill(Recipe()), "smoke")


def test_a_slot_that_gains_a_field_keeps_its_name_until_the_field_is_used():
    @dataclass(frozen=True, kw_only=True)
    class Net(Slot):
        width: int | None = None

    @dataclass(frozen=True, kw_only=True)
    class Grown(Net):
        tail: tuple[int, ...] = ()

        @classmethod
        def slot_name(cls) -> str:
            return "net"

    def identity(net):
        return {key: v for key, v in describe(net, changed_only=True).items() if key != "source_sha256"}

    assert identity(Net(width=2)) == identity(Grown(width=2)) == {"is": "net", "width": 2}
    assert identity(Grown(tail=(1,))) == {"is": "net", "tail": [1]}


def test_settings_at_their_default_are_no_part_of_a_runs_identity():
    assert describe(Recipe(), changed_only=True) == {"is": "recipe"}
    changed = Recipe(paths=Uniform(count=2), norm=Tracked(), clip=5.0)
    assert describe(changed, changed_only=True) == {
        "is": "recipe",
        "paths": {"is": "uniform", "count": 2},
        "norm": {"is": "tracked"},
        "clip": 5.0,
    }
    assert describe((Uniform(),), changed_only=True) == [{"is": "uniform"}]


def test_the_code_of_a_plug_in_is_part_of_its_identity(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "_plugins", {})
    code = "from bench.sample.paths.uniform import Uniform\n\nclass Mine(Uniform):\n    pass\n"
    told = []
    for name, text in (("a.py", code), ("b.py", code + "# changed\n")):
        (tmp_path / name).write_text(text)
        told.append(describe(load_plugin(tmp_path / name).Mine(), changed_only=True))
    assert told[0] == {"is": "mine", "source_sha256": hashlib.sha256(code.encode()).hexdigest()}
    assert told[1] != told[0]


def test_the_preset_is_part_of_a_runs_name(recipe):
    assert recipe_hash(recipe, "smoke") != recipe_hash(recipe, "laptop")


def test_the_hash_is_the_same_in_another_process():
    code = (
        "from bench.recipe.preset import *; from bench.recipe.recipe import *; "
        "print(recipe_hash(find_preset('paper').fill(Recipe()), 'paper'))"
    )
    environment = {"PYTHONHASHSEED": "5", "PYTHONPATH": str(PROJECT)}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == recipe_hash(find_preset("paper").fill(Recipe()), "paper")


@pytest.mark.parametrize("name", PRESETS)
def test_a_filled_recipe_has_every_size(name):
    filled = find_preset(name).fill(Recipe())
    sizes = [filled.epochs, filled.prediction_batch, filled.schedule]
    sizes += [
        getattr(slot, field.name) for slot in (filled.net, filled.images, filled.optimizer) for field in fields(slot)
    ]
    assert None not in sizes


def test_a_preset_never_overrides_what_the_recipe_sets():
    own = Recipe(
        net=Net(width=5), images=Images(held_out=0, batch=9), optimizer=SGD(rate=0.3), epochs=2, schedule=Cosine()
    )
    filled = find_preset("smoke").fill(own)
    assert (filled.net.width, filled.net.cells) == (5, 1)
    assert (filled.images.held_out, filled.images.batch, filled.images.train) == (0, 9, 256)
    assert (filled.optimizer.rate, filled.epochs, filled.schedule) == (0.3, 2, Cosine())


def test_a_slot_is_described_by_its_name_and_settings():
    assert describe(Uniform(count=2)) == {"is": "uniform", "same_batch": True, "reduction": "mean", "count": 2}
    assert describe(Recipe())["space"] == {"is": "nb201", "mask": [], "fixed": None}


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ({"clip": 0}, "clip is 0; allowed: above 0, or None for no clipping"),
        ({"epochs": 0}, "epochs is 0; allowed: 1 or more, or None for the preset's"),
        ({"prediction_batch": 0}, "prediction_batch is 0; allowed: 1 or more, or None for the preset's"),
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
    filled = laptop.fill(Recipe(), {"net.width": 2, "optimizer.rate": 0.5, "epochs": 1 / 3})
    assert filled == replace(
        plain, net=replace(plain.net, width=16), optimizer=replace(plain.optimizer, rate=0.05), epochs=1
    )
    assert recipe_hash(laptop.fill(Recipe(epochs=1)), "laptop") == recipe_hash(
        laptop.fill(Recipe(), {"epochs": 1 / 3}), "laptop"
    ), "said in either way it is the same run"


@pytest.mark.parametrize("setting", ["net.reduction", "net.depth", "depth", "images.flip", "averaging"])
def test_times_of_what_is_no_number_is_refused(setting):
    with pytest.raises(RecipeError, match=f"times names '{setting}', which is .*; allowed: a setting that is a number"):
        find_preset("laptop").fill(Recipe(), {setting: 2})


def test_times_that_leave_nothing_are_refused():
    with pytest.raises(RecipeError, match=r"0\.5 times net\.cells 1 leaves nothing; this row needs a larger preset"):
        find_preset("laptop").fill(Recipe(), {"net.cells": 0.5})
