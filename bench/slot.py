"""A slot implementation: a frozen dataclass whose fields are its settings, each with the values that it allows."""

import dataclasses
import hashlib
import inspect
import math
import re
from collections.abc import Mapping
from dataclasses import MISSING
from pathlib import Path
from typing import Any

from bench.allowed import BY_TYPE, Allowed, Kind
from bench.errors import RecipeError


class _Open:
    """The one value of a setting that a preset fills in."""

    def __repr__(self) -> str:
        return "OPEN"

    def __reduce__(self) -> str:
        return "OPEN"


OPEN: Any = _Open()
"""The default of a setting that a preset fills in. Nothing in a filled recipe is open."""


def setting(default: Any, allowed: Allowed | None = None, *, before: Any = MISSING) -> Any:
    """Return a field of a slot with the values that it allows.

    A field added to a slot of which runs are stored says what those runs meant: `before` is that value, and at it the
    field is no part of a recipe's identity, so that the runs keep their names. It stays as it is if the default
    changes later.
    """
    metadata = {"allowed": allowed} | ({} if before is MISSING else {"before": before})
    return dataclasses.field(default=default, metadata=metadata)


class State:
    """What a slot remembers of one training; nothing, unless a subclass says otherwise.

    A checkpoint holds the `state_dict` of every slot's state.
    """

    def state_dict(self) -> dict[str, Any]:
        """Return what a killed run needs to go on: tensors, numbers, strings, and lists and dictionaries of them."""
        return {}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Go on from what `state_dict` returned."""
        return


@dataclasses.dataclass(frozen=True, kw_only=True)
class Slot:
    """Base of the parts of a recipe; subclasses are `@dataclass(frozen=True, kw_only=True)`.

    A field that declares what it allows with `setting` is checked; of another one its type is, where that is a
    number, a text, a flag or a slot. Checks of several fields together stand in `__post_init__`, after
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


def kebab(class_name: str) -> str:
    """Return the registry spelling of a class name.

    >>> kebab("StrictFair"), kebab("SGD"), kebab("NB201"), kebab("OneCycle"), kebab("BatchStatistics")
    ('strict-fair', 'sgd', 'nb201', 'one-cycle', 'batch-statistics')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "-", class_name).lower()


def allowed_by(field: "dataclasses.Field[Any]") -> Allowed | None:
    """Return what a field allows: what it declares, else what its type says, None where that says nothing."""
    declared = field.metadata.get("allowed")
    if declared is not None:
        return declared
    if inspect.isclass(field.type) and issubclass(field.type, Slot):
        return Kind(field.type)
    return BY_TYPE.get(field.type)


def open_settings(slot: Slot, name: str = "") -> list[str]:
    """Return the settings that nothing fills in yet, those of nested slots as `slot.setting`."""
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

    This is a recipe's identity: every default is spelled out in it, so that an edited one gives another recipe. A
    slot from a plug-in also carries the sha256 of its file, so that other code is another recipe too. A setting that
    was added later is left out where it has the value that it meant `before`.
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
        return repr(value)  # which JSON has no word for
    return value


def _foreign(kind: type) -> dict[str, str]:
    if kind.__module__.split(".")[0] == "bench":
        return {}
    return {"source_sha256": hashlib.sha256(Path(inspect.getfile(kind)).read_bytes()).hexdigest()}
