"""Settings that a user changes for a trial, written as text: epochs=6, construct.width=16, paths=uniform."""

import ast
import dataclasses
from collections.abc import Sequence
from typing import Any

from bench.errors import RecipeError, unknown_name
from bench.optimize.averagings import AVERAGINGS
from bench.optimize.losses import LOSSES
from bench.optimize.optimizers import OPTIMIZERS
from bench.optimize.schedules import SCHEDULES
from bench.optimize.updates import UPDATES
from bench.recipe.preset import with_settings
from bench.recipe.recipe import FilledRecipe, Recipe
from bench.registry import Registry
from bench.sample.paths import PATHS
from bench.slot import Slot
from bench.supernets.norms import NORMS

REGISTRIES: dict[str, Registry[Any]] = {
    "norm": NORMS,
    "paths": PATHS,
    "update": UPDATES,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "loss": LOSSES,
    "averaging": AVERAGINGS,
}
"""Where the implementations of a slot are looked up that a change names."""
TRUTHS = {"true": True, "false": False}


def changed(recipe: FilledRecipe, changes: Sequence[str]) -> FilledRecipe:
    """Return the recipe with the settings changed that texts of the form NAME=VALUE name, in their order.

    A setting is `slot.setting`, or a field of the recipe itself; a slot takes the name of an implementation, with its
    defaults. Raises `RecipeError` for a text without "=", a setting named twice, and a value that is not allowed,
    `UnknownName` for a setting or implementation that there is not.

    >>> from bench.recipe.preset import find_preset
    >>> from bench.recipe.recipe import Recipe
    >>> trial = changed(find_preset("smoke").fill(Recipe()), ["epochs=6", "construct.width=16", "paths=uniform"])
    >>> trial.epochs, trial.construct.width, trial.paths.slot_name()
    (6, 16, 'uniform')
    """
    seen = set()
    for text in changes:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name:
            raise RecipeError(f"--set {text}; write NAME=VALUE, for example --set epochs=6")
        if name in seen:
            raise RecipeError(f"--set {name} is given twice; keep one of them")
        seen.add(name)
        try:
            recipe = with_settings(recipe, {name: _value(recipe, name, value)})
        except RecipeError as error:
            raise RecipeError(f"--set {text}: {error}") from None
    return recipe


def with_slots(recipe: Recipe, changes: Sequence[str]) -> tuple[Recipe, list[str]]:
    """Return a recipe with the slots that the changes name, still to be filled by a preset, and the other changes.

    >>> own, left = with_slots(Recipe(), ["paths=uniform", "epochs=6"])
    >>> own.paths.slot_name(), left
    ('uniform', ['epochs=6'])
    """
    left: list[str] = []
    slots: dict[str, Any] = {}
    for text in changes:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or name not in REGISTRIES:
            left.append(text)
        elif name in slots:
            raise RecipeError(f"--set {name} is given twice; keep one of them")
        else:
            slots[name] = REGISTRIES[name].get(value)()
    return dataclasses.replace(recipe, **slots), left


def _value(recipe: FilledRecipe, name: str, text: str) -> Any:
    """Return the value that a text means for a setting, of the type that the setting has now."""
    if name in REGISTRIES:
        return REGISTRIES[name].get(text)()
    slot, _, setting = name.rpartition(".")
    holder = getattr(recipe, slot, None) if slot else recipe
    own = [field.name for field in dataclasses.fields(holder)] if isinstance(holder, Slot) else []
    if setting not in own:
        raise unknown_name("setting", name, settings_of(recipe), "'supernet-bench show STUDY' shows a study's values")
    now = getattr(holder, setting)
    if isinstance(now, Slot):
        raise RecipeError(f"'{name}' is no single setting; allowed: {', '.join(_within(name, now))}")
    if isinstance(now, bool):
        return TRUTHS.get(text.lower(), text)
    if isinstance(now, tuple):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if isinstance(now, str):
        return text
    try:
        value = float(text) if text in ("inf", "nan") else ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    whole = isinstance(value, int) and not isinstance(value, bool)
    return float(value) if isinstance(now, float) and whole else value  # 1 and 1.0 are one setting: one identity


def settings_of(recipe: FilledRecipe) -> list[str]:
    """Return every name that a change may have, for this recipe."""
    found: list[str] = []
    for field in dataclasses.fields(recipe):
        value = getattr(recipe, field.name)
        if not isinstance(value, Slot) or field.name in REGISTRIES:
            found.append(field.name)
        if isinstance(value, Slot):
            found += _within(field.name, value)
    return found


def _within(name: str, slot: Slot) -> list[str]:
    return [f"{name}.{field.name}" for field in dataclasses.fields(slot)]
