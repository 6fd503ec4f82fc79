"""Contracts: the checks that every implementation of a kind must pass, ours and users'; one module per kind.

A suite is a list of named checks over one implementation, which is a class, or an object for metrics and studies.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench.errors import BenchError, PluginError, place_of
from bench.registry import plugin_place

Implementation = Any
"""A class of the kind, or a `Metric` or `Study`."""


@dataclass(frozen=True)
class Check:
    """One law of a kind: `law` returns nothing, and raises an error of one sentence if it is broken."""

    name: str
    law: Callable[[Implementation], None]

    def failure(self, implementation: Implementation) -> str:
        """Return the defect of an implementation, empty if there is none."""
        try:
            self.law(implementation)
        except Exception as error:
            text = str(error) if isinstance(error, BenchError) else f"{type(error).__name__}: {error}"
            place = plugin_place(error)
            return " ".join(text.split()) + (f" ({place})" if place and place not in text else "")
        return ""


@dataclass(frozen=True)
class Suite:
    """The checks of one kind, in the order in which they run."""

    kind: str
    checks: list[Check] = field(default_factory=list)

    def check(self, law: Callable[[Any], None]) -> Callable[[Any], None]:
        """Add a function; its name is the check's: `a_loss_is_a_scalar` is 'a loss is a scalar'."""
        self.checks.append(Check(law.__name__.replace("_", " "), law))
        return law

    def include(self, other: "Suite") -> None:
        """Add the checks of another suite."""
        self.checks.extend(other.checks)

    def first_failure(self, implementation: Implementation) -> tuple[int, str]:
        """Return the number of checks passed before the first failure, and its message; empty if none failed."""
        for passed, check in enumerate(self.checks):
            if failure := check.failure(implementation):
                return passed, f"'{check.name}' failed: {failure}"
        return len(self.checks), ""


def suites() -> dict[str, Suite]:
    """Return the suite of every kind that has one, by the kind's name in 'supernet-bench list'."""
    found = {}
    for info in pkgutil.iter_modules(__path__):
        suite = getattr(importlib.import_module(f"{__name__}.{info.name}"), "SUITE", None)
        if suite is not None:
            found[suite.kind] = suite
    return found


def broken(function: Callable[..., Any] | type, what: str) -> PluginError:
    """Return the error of a broken law: the faulty function or class, its file and line, and the defect."""
    return PluginError(f"{function.__qualname__} ({place_of(function)}) {what}")
