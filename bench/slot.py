"""A slot implementation: a frozen dataclass whose fields are its settings, each with its allowed values."""

import dataclasses
import hashlib
import inspect
import math
import re
from collections.abc import Mapping
from dataclasses import MISSING
from functools import cache
from pathlib import Path
from typing import Any

from bench.allowed import BY_TYPE, Allowed, Kind
from bench.errors import RecipeError


class _Open:
    """The class of `OPEN`."""

    def __repr__(self) -> str:
        return "OPEN"

    def __reduce__(self) -> str:
        return "OPEN"


OPEN: Any = _Open()
"""The default of a setting that a preset fills in. Nothing in a filled recipe is open."""


def setting(default: Any, allowed: Allowed | None = None, *, before: Any = MISSING) -> Any:
    """Return a field of a slot with its allowed values.

    `before` is for a field added to a slot that stored runs use: the value with which those runs were computed. A
    field with that value is left out of the recipe's identity, so that the runs keep their names. Keep `before` as it
    is if the default changes later.
    """
    metadata = {"allowed": allowed} | ({} if before is MISSING else {"before": before})
    return dataclasses.field(default=default, metadata=metadata)


class State:
    """A slot's state during one training; empty unless a subclass adds to it.

    A checkpoint holds the `state_dict` of every slot's state.
    """

    def state_dict(self) -> dict[str, Any]:
        """Return what a killed run needs to continue: tensors, numbers, strings, and lists and dictionaries of them."""
        return {}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Restore the state that `state_dict` returned."""
        return


@dataclasses.dataclass(frozen=True, kw_only=True)
class Slot:
    """Base of the parts of a recipe; subclasses are `@dataclass(frozen=True, kw_only=True)`.

    A field declared with `setting` is checked against its allowed values, another field against its type if that is a
    number, a string, a Boolean or a slot. Checks across several fields go into `__post_init__`, after
    `super().__post_init__()`.
    """

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value, allowed = getattr(self, field.name), allowed_by(field)
            if allowed is None or (value is OPEN and field.default is OPEN) or allowed.admits(value):
                continue
            left = ", or OPEN for the preset's" if field.default is OPEN else ""
            raise RecipeError(f"{self.slot_name()}.{field.name} is {value!r}; allowed: {allowed}{left}")

    @classmethod
    def slot_name(cls) -> str:
        """Return the name under which the registry lists this implementation."""
        return kebab(cls.__name__)


@cache
def kebab(class_name: str) -> str:
    """Return a class name in kebab case, as the registry lists it.

    >>> kebab("StrictFair"), kebab("SGD"), kebab("NB201"), kebab("OneCycle"), kebab("BatchStatistics")
    ('strict-fair', 'sgd', 'nb201', 'one-cycle', 'batch-statistics')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "-", class_name).lower()


def allowed_by(field: "dataclasses.Field[Any]") -> Allowed | None:
    """Return the allowed values of a field: those declared, else those of its type, None if neither is known."""
    declared = field.metadata.get("allowed")
    if declared is not None:
        return declared
    if inspect.isclass(field.type) and issubclass(field.type, Slot):
        return Kind(field.type)
    return BY_TYPE.get(field.type)


def open_settings(slot: Slot, name: str = "") -> list[str]:
    """Return the settings that are still OPEN, those of nested slots as `slot.setting`."""
    found = []
    for field in dataclasses.fields(slot):
        value, spelled = getattr(slot, field.name), f"{name}.{field.name}" if name else field.name
        if value is OPEN:
            found.append(spelled)
        elif isinstance(value, Slot):
            found += open_settings(value, spelled)
    return found


def describe(value: Any) -> Any:
    """Return `value` as JSON: a slot becomes its name and its settings, nested slots included.

    This is a recipe's identity. Every default is included, so that an edited default gives another recipe. A slot
    from a plug-in includes the sha256 of its file, so that edited code gives another recipe too. A setting that was
    added later is left out at its value `before`.
    """
    if isinstance(value, Slot):
        settings = {
            field.name: describe(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if "before" not in field.metadata or getattr(value, field.name) != field.metadata["before"]
        }
        return {"is": type(value).slot_name(), **settings, **_foreign(type(value))}
    if isinstance(value, tuple | list):
        return [describe(item) for item in value]
    if isinstance(value, Mapping):
        return {key: describe(item) for key, item in value.items()}
    if value is OPEN or (isinstance(value, float) and not math.isfinite(value)):
        return repr(value)  # JSON has no value for it
    return value


def _foreign(kind: type) -> dict[str, str]:
    if kind.__module__.split(".")[0] == "bench":
        return {}
    return {"source_sha256": hashlib.sha256(Path(inspect.getfile(kind)).read_bytes()).hexdigest()}
