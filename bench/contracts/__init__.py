"""Contracts: what every implementation of a kind must hold, ours and a user's alike; one module per kind.

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
    """One law of a kind: `law` returns nothing, and raises with one sentence where an implementation breaks it."""

    name: str
    law: Callable[[Implementation], None]

    def failure(self, implementation: Implementation) -> str:
        """Return what is wrong with an implementation, empty for nothing."""
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
        """Return how many checks an implementation passed before one failed, and what that said; empty for none."""
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
    """Return the error of a broken law: the function or class to blame, its file and line, and what is wrong."""
    return PluginError(f"{function.__qualname__} ({place_of(function)}) {what}")
