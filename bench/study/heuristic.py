"""A user's file -> a study of its slots against a stored row."""

import inspect
from dataclasses import MISSING, fields, replace
from types import ModuleType

from bench.errors import RecipeError
from bench.recipe.recipe import SLOTS, Recipe
from bench.slot import Slot
from bench.study.study import Row, Study


def studies_of(module: ModuleType) -> list[Study]:
    """Return the studies that a file defines."""
    return [value for value in vars(module).values() if isinstance(value, Study) and value.name]


def study_against(module: ModuleType, name: str, study: Study, row: Row) -> Study:
    """Return a study of two rows: `row` of `study`, and the same row with the slots that the file defines.

    Raises `RecipeError` if the file defines no slot, two of one kind, one whose settings have no defaults, or a space
    other than the row's.
    """
    found: dict[str, Slot] = {}
    for value in vars(module).values():
        kind = _kind(value, module)
        if kind is None:
            continue
        if kind in found:
            raise RecipeError(f"{module.__file__} defines two implementations of '{kind}'; keep one, or write a study")
        open_settings = [f.name for f in fields(value) if f.default is MISSING and f.default_factory is MISSING]
        if open_settings:
            raise RecipeError(
                f"{module.__file__}: {value.__name__} has settings without a default ({', '.join(open_settings)}); "
                "give them one, or write a study"
            )
        found[kind] = value()
    if not found:
        raise RecipeError(
            f"{module.__file__} defines no study and no slot{_unfinished(module)}; allowed: a frozen dataclass derived "
            "from " + ", ".join(base.__name__ for base in SLOTS.values())
        )
    own, usual = found.get("space"), row.recipe.space
    if own is not None and own.slot_name() != usual.slot_name():
        raise RecipeError(
            f"{module.__file__} defines space '{own.slot_name()}', and row '{row.name}' of '{study.name}' is in space "
            f"'{usual.slot_name()}', whose rankings cannot be compared; write a Study with its own truth, or None, in "
            "the file (CONTRIBUTING.md, 'A study')"
        )
    recipe: Recipe = replace(row.recipe, **found)  # type: ignore[arg-type]
    return Study(
        name=name,
        question=f"Does '{name}' rank better than '{row.name}'?",
        source=str(module.__file__),
        truth=study.truth,
        baseline=row.recipe,
        seeds=study.seeds,
        rows=(row, Row(name, recipe, str(module.__file__), times=row.times, score=row.score)),
        figures=study.figures,
    )


def _unfinished(module: ModuleType) -> str:
    """Return, in brackets, why the module's derived classes are not slots; empty if there are none."""
    reasons = []
    for value in vars(module).values():
        if inspect.isclass(value) and value.__module__ == module.__name__ and issubclass(value, tuple(SLOTS.values())):
            lacking = sorted(getattr(value, "__abstractmethods__", ()))
            reason = f"lacks {', '.join(lacking)}" if lacking else "is not a dataclass"
            reasons.append(f"{value.__name__} {reason}")
    return f" ({'; '.join(reasons)})" if reasons else ""


def _kind(value: object, module: ModuleType) -> str | None:
    """Return the slot that a class of the module implements, None if it is not a slot of this module."""
    if not (inspect.isclass(value) and value.__module__ == module.__name__):
        return None
    if inspect.isabstract(value) or "__dataclass_fields__" not in vars(value):  # inherited ones are not its own
        return None
    return next((slot for slot, base in SLOTS.items() if issubclass(value, base)), None)
