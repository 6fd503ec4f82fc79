"""What `show STUDY` prints: the question, what each row changes against the baseline, and what a preset fills in."""

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from bench.cli.folded import say
from bench.cli.grid import print_grid
from bench.errors import RecipeError
from bench.recipe.preset import PRESETS
from bench.recipe.recipe import Recipe
from bench.slot import OPEN, Slot, describe, open_settings
from bench.study.study import Row, Study


def print_study(study: Study, origin: str, how: str = "table") -> None:
    """Print a study for people; its settings are named as `--set` takes them.

    In a format other than "table" only the rows are printed, and the question goes to stderr.
    """
    if how != "table":
        say(f"{study.name}: {study.question}", err=True)
        print_grid(*_rows(study), how=how)
        return
    seeds = ", ".join(map(str, study.seeds))
    say(f"{study.name}: {study.question}")
    say(f"source: {study.source}")
    say(f"truth: {study.truth or 'none'}; seeds: {seeds}; defined at {origin}")
    if study.figures:
        say(f"figures: {', '.join(figure.name for figure in study.figures)}")
    if study.searches:
        say(f"searches: {', '.join(searching.name for searching in study.searches)}")
    if shared := _shared(study):
        say(f"every row: {'; '.join(shared)}")
    print_grid(*_rows(study, without=shared))
    say(f"baseline: {', '.join(settings_of(study.baseline))}")
    filled, left = filled_in(study.baseline)
    print_grid(["filled in by preset", *filled], left)
    for preset in PRESETS.values():
        if preset.like in filled:
            say(f"{preset.name}: {preset.about}")


def _shared(study: Study) -> list[str]:
    """Return the changes that every row makes, if there are two rows or more."""
    first, *others = [changes(row, study) for row in study.rows]
    return [change for change in first if others and all(change in found for found in others)]


def _rows(study: Study, without: Sequence[str] = ()) -> tuple[list[str], list[list[str]]]:
    """Return the headings and lines of the table of rows, `without` some changes."""
    told = any(row.reported for row in study.rows)
    own = [[change for change in changes(row, study) if change not in without] for row in study.rows]
    lines = [_cells(row, found, told) for row, found in zip(study.rows, own, strict=True)]
    return ["row", "changes to the baseline", "source", *(["reported there"] if told else [])], lines


def _cells(row: Row, changed: list[str], reports: bool) -> list[str]:
    told = [row.reported.words if row.reported else "-"] if reports else []
    return [row.name, "; ".join(changed) or "nothing", row.source or "-", *told]


def changes(row: Row, study: Study) -> list[str]:
    """Return what a row changes against its study's baseline, a text per setting or slot."""
    found = list(_changed("", row.recipe, study.baseline))
    found += [f"{name} times {factor:g}" for name, factor in row.times.items()]
    if row.score != "accuracy":
        found.append(f"ranked by {row.score}")
    return [*found, *([f"compared with '{row.against}'"] if row.against else [])]


def _changed(name: str, row: Any, base: Any) -> Iterator[str]:
    """Yield `slot.setting=value` for each difference, a slot that is another as `slot=name(its settings)`."""
    if describe(row) == describe(base):
        return
    if isinstance(row, Slot) and type(row) is type(base):
        for field in dataclasses.fields(row):
            own = f"{name}.{field.name}".removeprefix(".")
            yield from _changed(own, getattr(row, field.name), getattr(base, field.name))
    else:
        yield f"{name}={spelled(row)}"


def spelled(value: Any) -> str:
    """Return a setting as text; a slot as its name and the settings that are not its defaults.

    >>> spelled(0.5), spelled(()), spelled(("none", "skip")), spelled(Recipe().paths)
    ('0.5', '()', '(none, skip)', 'strict-fair')
    """
    if isinstance(value, Slot):
        fields = [field for field in dataclasses.fields(value) if not _is_default(field, getattr(value, field.name))]
        own = ", ".join(f"{field.name}={spelled(getattr(value, field.name))}" for field in fields)
        return f"{value.slot_name()}({own})" if own else value.slot_name()
    return f"({', '.join(map(spelled, value))})" if isinstance(value, tuple | list) else str(describe(value))


def _is_default(field: "dataclasses.Field[Any]", value: Any) -> bool:
    default = field.default_factory() if field.default_factory is not dataclasses.MISSING else field.default
    return default is not dataclasses.MISSING and bool(describe(value) == describe(default))


def settings_of(recipe: Recipe) -> list[str]:
    """Return the settings that the recipe itself sets, those left to a preset not."""
    values = {field.name: getattr(recipe, field.name) for field in dataclasses.fields(recipe)}
    return [f"{name}={spelled(one)}" for name, one in values.items() if one is not OPEN and spelled(one) != name]


def filled_in(recipe: Recipe) -> tuple[list[str], list[list[str]]]:
    """Return the presets that a recipe can be filled in by, and a line per open setting with its value at each.

    A preset that is like another is left out.
    """
    filled = {}
    for name, preset in PRESETS.items():
        if preset.like:
            continue
        with suppress(RecipeError):  # its construct has no sizes at this preset
            filled[name] = preset.fill(recipe)
    names = [name for name in open_settings(recipe) if name != "construct"]
    if recipe.construct is OPEN and filled:
        construct = next(iter(filled.values())).construct
        names = [*(f"construct.{field.name}" for field in dataclasses.fields(construct)), *names]
    lines = [[name, *(spelled(_at(one, name)) for one in filled.values())] for name in names]
    return list(filled), [line for line in lines if not line[0].startswith("construct.") or len(set(line[1:])) > 1]


def _at(recipe: Recipe, name: str) -> Any:
    slot, _, setting = name.rpartition(".")
    return getattr(getattr(recipe, slot), setting) if slot else getattr(recipe, setting)
