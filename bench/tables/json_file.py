"""The entries of a JSON object with their keys, repeated keys included, and the numbers in them."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench.errors import DataError, shown
from bench.tables.text_file import read_bytes

Entry = tuple[str, dict[str, Any]]


class Pairs(list[tuple[str, Any]]):
    """A JSON object as pairs, since a dictionary would silently keep only the last of equal keys."""


def parsed_json(path: Path) -> Any:
    """Return the value of a JSON file, objects as `Pairs`; raises `DataError` if it is not JSON."""
    try:
        return json.loads(read_bytes(path), object_pairs_hook=Pairs)
    except (ValueError, RecursionError) as error:  # not JSON, not UTF-8, endless digits, endless brackets
        raise DataError(f"{path} cannot be read as JSON (truncated?): {error}; copy or write it again") from error


def read_json(path: Path) -> list[Entry]:
    """Return (key, object) for each entry of the file's top-level object; raises `DataError` naming file and key."""
    pairs = parsed_json(path)
    if not isinstance(pairs, Pairs):
        raise DataError(
            f"{path} holds a {type(pairs).__name__}; expected the published file, {{architecture: {{...}}}}"
        )
    for key, value in pairs:
        if not isinstance(value, Pairs):
            raise DataError(
                f"{path}, key '{shown(key)}': expected an object, got {shown(json.dumps(value))}; copy the file again"
            )
        names = [name for name, _ in value]
        if twice := [name for name in names if names.count(name) > 1]:
            raise DataError(f"{path}, key '{shown(key)}': '{twice[0]}' occurs twice; copy the file again")
    return [(key, dict(value)) for key, value in pairs]


def part(entry: Entry, name: str, path: Path) -> Any:
    """Return one part of an entry; raises `DataError` naming file, key and part if it is missing."""
    key, values = entry
    if name not in values:
        raise DataError(
            f"{path}, key '{shown(key)}': no '{name}'; it has {shown(', '.join(values))}; copy the file again"
        )
    return values[name]


def number(entry: Entry, name: str, value: Any, path: Path) -> float:
    """Return `value`, found in part `name` of an entry, as a number; raises `DataError` naming file, key and part."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        with suppress(OverflowError):
            return float(value)
    raise DataError(
        f"{path}, key '{shown(entry[0])}': {name} holds {shown(json.dumps(value))}, not a number; copy the file again"
    )
