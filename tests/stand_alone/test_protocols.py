"""A construct names the tables of its space that can be built, and their recipes."""

import pytest

from bench.errors import RecipeError, UnknownName
from bench.stand_alone.protocols import protocol, protocol_of, protocols
from bench.supernets import CONSTRUCTS
from bench.supernets.nb201 import NB201Net
from bench.supernets.norms.tracked import Tracked
from bench.supernets.track1 import Track1Net

DIGITS = "nb201/digits/test/30ep"


def test_the_recipe_of_the_embedded_table_is_the_one_that_built_it():
    assert protocol(DIGITS).hash == "16ff04cec9"


def test_every_table_of_every_construct_has_a_recipe_of_its_space():
    for table, construct in protocols().items():
        assert protocol(table).space.slot_name() == construct.space == table.split("/")[0]


@pytest.mark.parametrize(
    ("table", "settings", "told"),
    [
        ("nb201/digits/test/1ep", {}, r"nb201-net\.stand_alone\['nb201/digits/test/1ep'\]: names no preset"),
        ("nb201/digits/test/1ep", {"preset": "smok"}, "unknown preset 'smok'; did you mean 'smoke'"),
        ("nb201/digits/test/1ep", {"preset": "smoke", "epoch": 1}, "unknown setting 'epoch'; did you mean 'epochs'"),
        ("nb201/digits/test/1ep", {"preset": "smoke", "images.size": 1}, "unknown setting 'images.size'"),
        ("nb201/digits/test/1ep", {"preset": "smoke", "image.train": 1}, "unknown setting 'image.train'"),
        ("nb201/digits/test/1ep", {"preset": "smoke", "epochs": 0}, "recipe.epochs is 0; allowed: a whole number"),
        ("nb201/cifar10/test/1ep", {"preset": "smoke"}, "trains what is called 'nb201/digits/test/1ep'; rename it"),
        ("nb201/digits/valid/1ep", {"preset": "smoke"}, "trains what is called 'nb201/digits/test/1ep'"),
        ("track1/digits/test/1ep", {"preset": "smoke"}, "trains what is called 'nb201/digits/test/1ep'"),
        ("nb201/digits/test/1ep@mine", {"preset": "smoke"}, "trains what is called 'nb201/digits/test/1ep'"),
        ("nb201/digits", {"preset": "smoke"}, "truth 'nb201/digits' must be space/dataset/split/budget"),
    ],
)
def test_a_recipe_that_cannot_be_or_that_its_name_contradicts_is_refused(monkeypatch, table, settings, told):
    monkeypatch.setattr(NB201Net, "stand_alone", {table: settings})
    with pytest.raises(RecipeError, match=told):
        protocol_of(NB201Net, table)
    with pytest.raises(RecipeError, match=told):
        protocol(table)


def test_settings_replace_those_of_the_preset(monkeypatch):
    settings = {"preset": "smoke", "construct.width": 3, "norm": Tracked(affine=True), "epochs": 7}
    monkeypatch.setattr(NB201Net, "stand_alone", {"nb201/digits/test/7ep": settings})
    recipe = protocol("nb201/digits/test/7ep")
    assert (recipe.construct.width, recipe.norm, recipe.epochs) == (3, Tracked(affine=True), 7)
    assert recipe.images.train == 256, "the preset's"


def test_two_constructs_of_one_table_are_named(monkeypatch):
    monkeypatch.setattr(Track1Net, "stand_alone", {DIGITS: {"preset": "smoke"}})
    with pytest.raises(RecipeError, match=rf"two constructs build the table '{DIGITS}': nb201-net and track1-net"):
        protocols()


def test_a_table_that_nothing_builds_is_named():
    with pytest.raises(UnknownName, match="unknown table to build 'nb201/digits/test/3ep'; did you mean"):
        protocol("nb201/digits/test/3ep")


def test_a_construct_builds_nothing_unless_it_says_so():
    assert {name for name in CONSTRUCTS.names() if CONSTRUCTS.get(name).stand_alone} >= {"nb201-net"}
    assert not Track1Net.stand_alone
