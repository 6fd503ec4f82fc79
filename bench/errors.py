"""Errors that a user can cause and fix; the command line prints them without a traceback."""

import difflib
import inspect
from collections.abc import Callable, Iterable
from typing import Any


class BenchError(Exception):
    """Base of every error that names its cause and the next step."""


class DataError(BenchError):
    """A file or a table has content that cannot be used."""


class UnknownName(BenchError):
    """A name that no registry, table or population knows."""


class RecipeError(BenchError):
    """A setting of a recipe is outside its range."""


class PluginError(BenchError):
    """What a plug-in returned cannot be used: the message names it, its file and line, and what was expected."""


class StoreError(BenchError):
    """A stored run cannot be read, written or continued."""


class MachineError(BenchError):
    """The machine, not a file, is at fault: too many open files, no memory."""


class ComparisonError(BenchError):
    """Two rows cannot be compared: their truth, population, preset or image split differs."""


def unknown_name(kind: str, name: str, known: Iterable[str], remedy: str) -> UnknownName:
    """Return the error for an unknown name, with the closest known one.

    >>> str(unknown_name("sampler", "unifrom", ["strict-fair", "uniform"], "see 'list samplers'"))
    "unknown sampler 'unifrom'; did you mean 'uniform'? known: strict-fair, uniform; see 'list samplers'"
    """
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean '{close[0]}'?" if close else ";"
    shown = ", ".join(known[:12]) + (f", ... ({len(known)} in all)" if len(known) > 12 else "")
    return UnknownName(f"unknown {kind} '{name}'{hint} known: {shown or 'none'}; {remedy}")


def place_of(function: Callable[..., Any] | type) -> str:
    """Return `file:line` of a function or class for an error message, `no file` if it has none.

    >>> place_of(unknown_name).rpartition("/")[2].split(":")[0], place_of(len)
    ('errors.py', 'no file')
    """
    try:
        found = inspect.unwrap(function)
        return f"{inspect.getsourcefile(found)}:{inspect.getsourcelines(found)[1]}"
    except (OSError, TypeError):
        return "no file"
