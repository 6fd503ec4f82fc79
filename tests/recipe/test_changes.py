"""A trial's settings, written as text."""

import pytest

from bench.errors import RecipeError, UnknownName
from bench.recipe.changes import filled_with, settings_of
from bench.recipe.preset import find_preset
from bench.recipe.recipe import Recipe
from bench.slot import Slot


def changed(*changes):
    return filled_with(Recipe(), find_preset("smoke"), changes)


@pytest.fixture(scope="module")
def filled():
    return find_preset("smoke").fill(Recipe())


def test_a_change_is_the_setting_and_nothing_else(filled):
    trial = changed("epochs=6", "construct.width = 16", "optimizer.rate=1", "images.flip=true")
    assert (trial.epochs, trial.construct.width, trial.images.flip) == (6, 16, True)
    back = changed("epochs=3", "construct.width=2", f"optimizer.rate={filled.optimizer.rate}", "images.flip=False")
    assert back == filled
    assert back.hash == filled.hash


def test_a_whole_number_for_a_fraction_is_one_identity(filled):
    assert changed("optimizer.rate=1").hash == changed("optimizer.rate=1.0").hash
    assert changed("clip=inf").hash == filled.hash


def test_lists_names_and_none_are_read_as_the_setting_needs_them():
    assert changed("space.mask=none, skip_connect").space.mask == ("none", "skip_connect")
    assert changed("space.mask=").space.mask == ()
    assert changed("construct.split=2").construct.split == 2
    assert changed("construct.split=None").construct.split is None
    assert changed("loss=cross-entropy", "loss.smoothing=0.1").loss.smoothing == 0.1


def test_every_setting_changed_to_what_it_is_gives_the_same_recipe(filled):
    names = [name for name in settings_of(filled) if not isinstance(value_of(filled, name), Slot)]
    assert {"epochs", "construct.width", "paths.count", "space.mask"} < set(names)
    for name in names:
        now = value_of(filled, name)
        text = ",".join(now) if isinstance(now, tuple) else str(now)
        assert changed(f"{name}={text}").hash == filled.hash, name


def value_of(recipe, name):
    for part in name.split("."):
        recipe = getattr(recipe, part)
    return recipe


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("epochs", RecipeError, "--set epochs; write NAME=VALUE, for example --set epochs=6"),
        ("=6", RecipeError, "--set =6; write NAME=VALUE"),
        ("epochs=0", RecipeError, "--set epochs=0: recipe.epochs is 0; allowed: a whole number, 1 or more"),
        ("epochs=many", RecipeError, "recipe.epochs is 'many'; allowed: a whole number, 1 or more"),
        ("epochs=2.5", RecipeError, "recipe.epochs is 2.5; allowed: a whole number"),
        ("images.flip=perhaps", RecipeError, "images.flip is 'perhaps'; allowed: True, False"),
        ("epoch=6", UnknownName, "unknown setting 'epoch'; did you mean 'epochs'?"),
        ("construct.wide=6", UnknownName, "unknown setting 'construct.wide'; did you mean 'construct.width'?"),
        ("net.width=6", UnknownName, "unknown setting 'net.width'; did you mean"),
        ("optimizer.__class__=6", UnknownName, "unknown setting"),
        ("paths=uniforn", UnknownName, "unknown paths 'uniforn'; did you mean 'uniform'?"),
        ("space=macro", RecipeError, "'space' is no single setting; allowed: space.mask, space.fixed"),
        ("optimizer.rate=__import__('os')", RecipeError, "sgd.rate is .*; allowed: above 0"),
    ],
)
def test_what_is_wrong_is_told_with_what_is_allowed(text, kind, words):
    with pytest.raises(kind, match=words):
        changed(text)


@pytest.mark.parametrize("order", [1, -1])
def test_a_slot_that_is_named_is_filled_by_the_preset_before_its_settings_are_changed(order):
    whole = changed(*["update.pool=12", "update=local-sharing"][::order])
    assert (whole.update.slot_name(), whole.update.pool) == ("local-sharing", 12)


def test_a_setting_named_twice_is_refused():
    with pytest.raises(RecipeError, match="--set epochs is given twice; keep one of them"):
        changed("epochs=1", "epochs=2")
    with pytest.raises(RecipeError, match="--set paths is given twice; keep one of them"):
        changed("paths=uniform", "paths=strict-fair")
