"""Checks of the settings of every slot, of all kinds."""

import dataclasses
import json
from collections.abc import Iterator
from typing import Any, TypeVar

from bench.allowed import Allowed, Flag, Maybe, Number, OneOf, Several
from bench.contracts import Suite, broken
from bench.errors import BenchError, RecipeError
from bench.slot import OPEN, Slot, allowed_by, describe

SETTINGS = Suite("settings")
"""The first checks in the suite of every kind of slot."""

AnySlot = TypeVar("AnySlot", bound=Slot)
NO_VALUE = object()
"""No setting allows it; one that does not declare its values must refuse at least this."""


@SETTINGS.check
def it_is_a_frozen_dataclass_with_named_settings(kind: type[Slot]) -> None:
    options = vars(kind).get("__dataclass_params__")
    if options is None or not options.frozen or any(not field.kw_only for field in dataclasses.fields(kind)):
        raise broken(kind, "is not a frozen dataclass; write @dataclass(frozen=True, kw_only=True) above it")


@SETTINGS.check
def it_says_what_it_is_in_a_docstring(kind: type[Slot]) -> None:
    text = vars(kind).get("__doc__") or ""
    if not text.strip() or text.startswith(f"{kind.__name__}("):  # written by dataclass itself
        raise broken(kind, "has no docstring; 'supernet-bench list' prints its first line")


@SETTINGS.check
def every_setting_has_a_default_that_it_allows(kind: type[Slot]) -> None:
    left = [field.name for field in dataclasses.fields(kind) if not _has_default(field)]
    if left:
        raise broken(kind, f"has settings without a default: {', '.join(left)}; add one, or OPEN for the preset's")
    try:
        kind()
    except BenchError as error:
        raise broken(kind, f"refuses its own defaults: {error}") from error


@SETTINGS.check
def every_invalid_value_of_a_setting_is_refused(kind: type[Slot]) -> None:
    for field in dataclasses.fields(kind):
        allowed = allowed_by(field)
        for value in (NO_VALUE,) if allowed is None else allowed.refused():
            _is_refused(kind, field.name, value, allowed)


def _is_refused(kind: type[Slot], name: str, value: Any, allowed: Allowed | None) -> None:
    shown = "object()" if value is NO_VALUE else repr(value)
    declare = f"{name}: ... = setting(default, Number(...)) or another constraint of bench.allowed declares it"
    try:
        kind(**{name: value})
    except RecipeError as error:
        if name not in str(error) or (allowed is not None and str(allowed) not in str(error)):
            raise broken(
                kind, f"refuses {name}={shown} with '{error}', which does not name the setting and its allowed values"
            ) from error
        return
    except Exception as error:
        raise broken(
            kind, f"fails at {name}={shown} with {type(error).__name__}: {error}; expected RecipeError. {declare}"
        ) from error
    if allowed is None:
        raise broken(kind, f"accepts {name}={shown}: the setting does not declare its allowed values. {declare}")
    raise broken(
        kind, f"accepts {name}={shown}; allowed: {allowed}. Does its __post_init__ call super().__post_init__()?"
    )


@SETTINGS.check
def its_description_is_json_and_names_every_setting(kind: type[Slot]) -> None:
    one = kind()
    described = describe(one)
    try:
        read = json.loads(json.dumps(described))
    except (TypeError, ValueError) as error:
        raise broken(kind, f"has a setting that is not JSON: {error}; use numbers, strings, tuples, slots") from error
    if read != described:
        raise broken(kind, f"is described as {described}, which JSON gives back as {read}")
    wanted = {field.name for field in dataclasses.fields(kind) if "before" not in field.metadata}
    if lost := sorted(wanted - set(read)):
        raise broken(kind, f"is described without {', '.join(lost)}")


@SETTINGS.check
def its_repr_shows_every_setting(kind: type[Slot]) -> None:
    shown = repr(kind())
    if lost := [field.name for field in dataclasses.fields(kind) if f"{field.name}=" not in shown]:
        raise broken(kind, f"has the repr {shown}, without {', '.join(lost)}; keep the repr of the dataclass")


@SETTINGS.check
def equal_settings_are_equal_and_have_one_hash(kind: type[Slot]) -> None:
    try:
        alike = kind() == kind() and hash(kind()) == hash(kind())
    except TypeError as error:
        raise broken(kind, f"cannot be hashed: {error}; use tuples instead of lists and dictionaries") from error
    if not alike:
        raise broken(kind, "differs from itself with the same settings")


def _has_default(field: "dataclasses.Field[Any]") -> bool:
    return field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING


def variations(slot: AnySlot) -> Iterator[AnySlot]:
    """Yield the slot, then copies that each differ in one setting, as far as its constraint offers other values.

    Combinations that the slot refuses are skipped.
    """
    yield slot
    for field in dataclasses.fields(slot):
        for value in offered(allowed_by(field)):
            if value == getattr(slot, field.name) or getattr(slot, field.name) is OPEN:
                continue
            try:
                yield dataclasses.replace(slot, **{field.name: value})
            except RecipeError:
                continue


def offered(allowed: Allowed | None) -> list[Any]:
    """Return a few values that a constraint admits: every name, both flags, the middle of a range.

    >>> offered(OneOf(("mean", "sum"))), offered(Number(low=0, high=1)), offered(Number(low=0))
    (['mean', 'sum'], [0.5], [])
    """
    if isinstance(allowed, OneOf):
        return list(allowed.names)
    if isinstance(allowed, Flag):
        return [True, False]
    if isinstance(allowed, Maybe):
        return [None, *offered(allowed.other)]
    if isinstance(allowed, Several):
        return [(value,) for value in offered(allowed.each)]
    if isinstance(allowed, Number) and not allowed.whole and abs(allowed.low) + abs(allowed.high) < float("inf"):
        return [(allowed.low + allowed.high) / 2]
    return []
