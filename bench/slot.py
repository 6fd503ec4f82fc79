"""A slot implementation: a frozen dataclass whose fields are its settings."""

import dataclasses
import hashlib
import inspect
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def kebab(class_name: str) -> str:
    """Return the registry spelling of a class name.

    >>> kebab("StrictFair"), kebab("SGD"), kebab("NB201"), kebab("OneCycle"), kebab("BatchStatistics")
    ('strict-fair', 'sgd', 'nb201', 'one-cycle', 'batch-statistics')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "-", class_name).lower()


class Slot:
    """Base of the parts of a recipe; subclasses are `@dataclass(frozen=True, kw_only=True)`."""

    @classmethod
    def slot_name(cls) -> str:
        """Return the name under which the registry lists this implementation."""
        return kebab(cls.__name__)


def describe(value: Any, *, changed_only: bool = False) -> Any:
    """Return `value` as JSON: a slot becomes its name and its settings, nested slots included.

    A slot from a plug-in also carries the sha256 of its file, so that other code is another recipe.
    With `changed_only`, settings at their default are left out: a slot may gain a field without becoming another.
    """
    if isinstance(value, Slot) and dataclasses.is_dataclass(value):
        settings = {
            field.name: describe(getattr(value, field.name), changed_only=changed_only)
            for field in dataclasses.fields(value)
            if not (changed_only and getattr(value, field.name) == _default(field))
        }
        return {"is": type(value).slot_name(), **settings, **_foreign(type(value))}
    if isinstance(value, tuple | list):
        return [describe(item, changed_only=changed_only) for item in value]
    if isinstance(value, Mapping):
        return {key: describe(item, changed_only=changed_only) for key, item in value.items()}
    return value


def _default(field: "dataclasses.Field[Any]") -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _foreign(kind: type) -> dict[str, str]:
    if kind.__module__.split(".")[0] == "bench":
        return {}
    return {"source_sha256": hashlib.sha256(Path(inspect.getfile(kind)).read_bytes()).hexdigest()}
