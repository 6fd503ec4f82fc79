"""Errors that a user can cause and fix; the command line prints them without a traceback."""

import difflib
import inspect
import re
import sys
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from typing import Any

LONGEST = 1_000
"""Characters of an error message; the middle of a longer one, which quotes a file, is left out."""
LONGEST_VALUE = 80
"""Characters of a value that an error message quotes."""


def installing(package: str) -> str:
    """Return the command that installs a package into this Python: by pip or, where it has none, by uv."""
    if find_spec("pip") is None:
        return f"uv pip install --python {sys.executable} {package}"
    return f"{sys.executable} -m pip install {package}"


def shown(value: object, longest: int = LONGEST_VALUE) -> str:
    """Return a value as text of one line: control characters escaped, the middle of a long one left out.

    >>> shown("a\\x1b[31m\\n b"), shown("x" * 1_000_000, 50)
    ('a\\\\x1b[31m b', 'xxxxxxxxxx ... (1,000,000 characters) ... xxxxxxxxxx')
    """
    text = str(value)
    total = len(text)
    if total > 2 * longest:
        text = text[:longest] + text[-longest:]
    text = re.sub(r"[^\S ]+ *", " ", text)
    text = "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
    if total <= 2 * longest and len(text) <= longest:
        return text
    ends = max(20, longest - 40) // 2
    return f"{text[:ends]} ... ({total:,} characters) ... {text[-ends:]}"


class BenchError(Exception):
    """Base of every error that names its cause and the next step, in one line of at most `LONGEST` characters.

    Whatever a message quotes of a file or a library's error, line ends and control characters are escaped or removed.
    """

    def __init__(self, message: object = "") -> None:
        super().__init__(shown(message, LONGEST))


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


def check_name(kind: str, name: str) -> None:
    """Raise `RecipeError` unless a name is safe as the name of a file: letters, digits, '.', '_' and '-'.

    >>> check_name("study", "../../x")
    Traceback (most recent call last):
    bench.errors.RecipeError: the study's name '../../x' is not allowed; use letters, digits, '.', '_' and '-' only, ...
    """
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}", name) or name.endswith("."):
        raise RecipeError(
            f"the {kind}'s name '{shown(name)}' is not allowed; use letters, digits, '.', '_' and '-' only, the first "
            "one not '.' or '-', and at most 100, because files are named after it"
        )


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
