"""JSON objects of the project's own small files, and checks of what they hold."""

import json
import math
from pathlib import Path
from typing import Any

LARGEST = 2**24
"""Bytes of a file; the largest record of a run has a few thousand."""


def parse_object(text: str | bytes) -> dict[str, Any]:
    """Return a JSON object; raises `ValueError` for anything else, endless brackets included."""
    try:
        found = json.loads(text)
    except RecursionError as error:
        raise ValueError("its brackets are nested too deeply") from error
    if not isinstance(found, dict):
        raise ValueError(f"it holds a {type(found).__name__}, not an object")
    return found


def read_object(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file of at most `LARGEST` bytes; raises `OSError` or `ValueError`."""
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"it has more than {LARGEST:,} bytes")
    return parse_object(content)


def is_number(value: object) -> bool:
    """Return whether a value is a finite number.

    >>> is_number(1), is_number(2.5), is_number(True), is_number(float("nan")), is_number(10**400), is_number("1")
    (True, True, False, False, False, False)
    """
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False
