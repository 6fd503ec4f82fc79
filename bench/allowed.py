"""Allowed values of a slot's settings, declared once per field: the source of checks, errors, help and test values."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any


class Allowed(ABC):
    """The values that one setting may take."""

    @abstractmethod
    def admits(self, value: Any) -> bool:
        """Return whether the setting may take this value, which may be any Python object."""

    @abstractmethod
    def refused(self) -> list[Any]:
        """Return a few values that `admits` refuses, for tests."""

    @abstractmethod
    def __str__(self) -> str:
        """Return the values in words, as an error prints them after "allowed:"."""


@dataclass(frozen=True)
class OneOf(Allowed):
    """One of a fixed set of names."""

    names: tuple[str, ...]

    def admits(self, value: Any) -> bool:
        return isinstance(value, str) and value in self.names

    def refused(self) -> list[Any]:
        return ["-".join(self.names) + "?", None, 0]

    def __str__(self) -> str:
        return ", ".join(self.names)


@dataclass(frozen=True)
class Number(Allowed):
    """A number from `low` to `high`, excluding `low` if `above` and `high` if `below`; an int if `whole`."""

    low: float = -math.inf
    high: float = math.inf
    above: bool = False
    below: bool = False
    whole: bool = False
    unit: str = ""

    def admits(self, value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, int if self.whole else int | float):
            return False
        over = value > self.low if self.above else value >= self.low
        under = value < self.high if self.below else value <= self.high
        return over and under  # False for NaN

    def refused(self) -> list[Any]:
        step = 1 if self.whole else 0.5
        found: list[Any] = ["1", None, True, math.nan]
        if math.isfinite(self.low):
            found.append(self.low if self.above else self.low - step)
        if math.isfinite(self.high):
            found.append(self.high if self.below else self.high + step)
        return [value for value in found if not self.admits(value)]

    def __str__(self) -> str:
        kind = "a whole number, " if self.whole else ""
        if not math.isfinite(self.low) and not math.isfinite(self.high):
            words = "any" if self.whole else "a number"
        elif not math.isfinite(self.high):
            words = f"above {self.low:g}" if self.above else f"{self.low:g} or more"
        elif not math.isfinite(self.low):
            words = f"below {self.high:g}" if self.below else f"{self.high:g} or less"
        else:
            words = f"{'above ' if self.above else ''}{self.low:g} to {'below ' if self.below else ''}{self.high:g}"
        return kind + words + (f", {self.unit}" if self.unit else "")


@dataclass(frozen=True)
class Flag(Allowed):
    """True or False."""

    def admits(self, value: Any) -> bool:
        return isinstance(value, bool)

    def refused(self) -> list[Any]:
        return ["yes", 1, None]

    def __str__(self) -> str:
        return "True, False"


@dataclass(frozen=True)
class Text(Allowed):
    """Any string that is not empty."""

    def admits(self, value: Any) -> bool:
        return isinstance(value, str) and bool(value)

    def refused(self) -> list[Any]:
        return ["", 3, None]

    def __str__(self) -> str:
        return "a non-empty string"


@dataclass(frozen=True)
class Maybe(Allowed):
    """The values that another constraint allows, or None, which means `meaning`."""

    other: Allowed
    meaning: str

    def admits(self, value: Any) -> bool:
        return value is None or self.other.admits(value)

    def refused(self) -> list[Any]:
        return [value for value in self.other.refused() if value is not None]

    def __str__(self) -> str:
        return f"{self.other}, or None: {self.meaning}"


@dataclass(frozen=True)
class Several(Allowed):
    """A tuple in which every item is allowed."""

    each: Allowed

    def admits(self, value: Any) -> bool:
        return isinstance(value, tuple) and all(map(self.each.admits, value))

    def refused(self) -> list[Any]:
        return [(value,) for value in self.each.refused()] + [None, "text"]

    def __str__(self) -> str:
        return f"a tuple, each value {self.each}"


@dataclass(frozen=True)
class Kind(Allowed):
    """An instance of one class, such as a slot of the right kind."""

    kind: type

    def admits(self, value: Any) -> bool:
        return isinstance(value, self.kind)

    def refused(self) -> list[Any]:
        return [3, "text", self.kind]

    def __str__(self) -> str:
        return f"an object of a class derived from {self.kind.__name__}"


def at_least(low: int, unit: str = "") -> Number:
    """Allow whole numbers, `low` or more.

    >>> str(at_least(1, "paths")), at_least(1).admits(0), at_least(1).admits(True), at_least(1).admits(2.0)
    ('a whole number, 1 or more, paths', False, False, False)
    """
    return Number(low=low, whole=True, unit=unit)


def between(low: float, high: float, *, above: bool = False, below: bool = False, unit: str = "") -> Number:
    """Allow numbers from `low` to `high`, excluding `low` if `above` and `high` if `below`.

    >>> str(between(0, 1, below=True)), between(0, 1, below=True).admits(1)
    ('0 to below 1', False)
    """
    return Number(low=low, high=high, above=above, below=below, unit=unit)


def positive(unit: str = "") -> Number:
    """Allow numbers above zero.

    >>> str(positive()), positive().admits(math.nan)
    ('above 0', False)
    """
    return Number(low=0, above=True, unit=unit)


def not_negative(unit: str = "") -> Number:
    """Allow zero and numbers above it."""
    return Number(low=0, unit=unit)


BY_TYPE: dict[Any, Allowed] = {
    bool: Flag(),
    int: Number(whole=True),
    float: Number(),
    str: Text(),
}
BY_TYPE |= {kind.__name__: allowed for kind, allowed in BY_TYPE.items()}  # of a file that postpones its annotations
"""Allowed values of a setting that declares only its type."""
