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
from bench.recipe.preset import Preset, with_settings
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


def filled_with(recipe: Recipe, preset: Preset, changes: Sequence[str]) -> FilledRecipe:
    """Return a recipe as a preset fills it, with the settings changed that texts of the form NAME=VALUE name.

    A setting is `slot.setting`, or a field of the recipe itself. A slot takes the name of an implementation, whose
    settings the preset fills; slots are changed first, whatever the order. Raises `RecipeError` for a text without "=",
    a setting named twice, and a value that is not allowed, `UnknownName` for a setting or implementation that there is
    not.

    >>> from bench.recipe.preset import find_preset
    >>> trial = filled_with(Recipe(), find_preset("smoke"), ["epochs=6", "construct.width=16", "paths=uniform"])
    >>> trial.epochs, trial.construct.width, trial.paths.slot_name()
    (6, 16, 'uniform')
    """
    told = _told(changes)
    slots = {name: REGISTRIES[name].get(value)() for name, value in told.items() if name in REGISTRIES}
    filled = preset.fill(dataclasses.replace(recipe, **slots))
    for name, value in told.items():
        if name in REGISTRIES:
            continue
        try:
            filled = with_settings(filled, {name: _value(filled, name, value)})
        except RecipeError as error:
            raise RecipeError(f"--set {name}={value}: {error}") from None
    return filled


def _told(changes: Sequence[str]) -> dict[str, str]:
    """Return the value of every setting named, both as text."""
    told: dict[str, str] = {}
    for text in changes:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name:
            raise RecipeError(f"--set {text}; write NAME=VALUE, for example --set epochs=6")
        if name in told:
            raise RecipeError(f"--set {name} is given twice; keep one of them")
        told[name] = value
    return told


def _value(recipe: FilledRecipe, name: str, text: str) -> Any:
    """Return the value that a text means for a setting, of the type that the setting has now."""
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
