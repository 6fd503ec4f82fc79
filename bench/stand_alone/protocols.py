"""Stand-alone training recipes of the tables that `table build` builds, as the constructs name them."""

from collections.abc import Mapping
from typing import Any

from bench.errors import BenchError, RecipeError, unknown_name
from bench.recipe.preset import find_preset, with_settings
from bench.recipe.recipe import FilledRecipe, Recipe
from bench.sample.paths.uniform import Uniform
from bench.spaces import SPACES
from bench.supernets import CONSTRUCTS, Construct
from bench.truth import Truth

SPLIT = "test"
"""The images on which a network is tested, and the split in the name of its table."""


def protocols() -> dict[str, type[Construct]]:
    """Return the construct of every table that can be built, by the table's name; raises `RecipeError` for two."""
    found: dict[str, type[Construct]] = {}
    for construct in (CONSTRUCTS.get(name) for name in CONSTRUCTS.names()):
        for table in construct.stand_alone:
            if table in found:
                raise RecipeError(
                    f"two constructs build the table '{table}': {found[table].slot_name()} and "
                    f"{construct.slot_name()}; rename one of them in its stand_alone"
                )
            found[table] = construct
    return found


def protocol(table: str) -> FilledRecipe:
    """Return the recipe that trains the networks of a table, one architecture at a time.

    Raises `UnknownName` for a table that no construct names, and `RecipeError` for a recipe that the table's name
    contradicts.
    """
    known = protocols()
    if table not in known:
        raise unknown_name("table to build", table, known, "a construct names its own (`stand_alone`, CONTRIBUTING.md)")
    return protocol_of(known[table], table)


def protocol_of(construct: type[Construct], table: str) -> FilledRecipe:
    """Return the recipe of one of a construct's tables; raises `RecipeError` naming what is wrong with it."""
    place = f"{construct.slot_name()}.stand_alone['{table}']"
    settings = dict(construct.stand_alone[table])
    try:
        truth = Truth.parse(table)
        recipe = _filled(construct, settings)
    except BenchError as error:
        raise RecipeError(f"{place}: {error}") from error
    expected = Truth(construct.space, recipe.images.dataset, SPLIT, truth.budget)
    if truth != expected:
        raise RecipeError(f"{place} trains what is called '{expected}'; rename it, or change space or images.dataset")
    return recipe


def _filled(construct: type[Construct], settings: Mapping[str, Any]) -> FilledRecipe:
    if "preset" not in settings:
        raise RecipeError("names no preset that fills in its recipe; add one, such as {'preset': 'laptop'}")
    changes = {name: value for name, value in settings.items() if name != "preset"}
    recipe = Recipe(space=SPACES.get(construct.space)(), construct=construct(), paths=Uniform())
    return with_settings(find_preset(settings["preset"]).fill(recipe), changes)
