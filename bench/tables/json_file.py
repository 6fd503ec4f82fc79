"""The entries of a JSON object with their keys, repeated keys included, and the numbers in them."""

import json
from pathlib import Path
from typing import Any

from bench.errors import DataError

Entry = tuple[str, dict[str, Any]]


def read_json(path: Path) -> list[Entry]:
    """Return (key, object) for each entry of the file's one object, in its order.

    A plain parser would keep the last of two equal keys and say nothing.
    """
    try:
        pairs = json.loads(path.read_bytes(), object_pairs_hook=_Pairs)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is not complete JSON (truncated?): {error}; copy the file again") from error
    if not isinstance(pairs, _Pairs):
        raise DataError(f"{path} holds no JSON object of architectures; give the published file")
    for key, value in pairs:
        if not isinstance(value, _Pairs):
            raise DataError(f"{path}, key '{key}': expected an object, got {json.dumps(value)}; copy the file again")
    return [(key, dict(value)) for key, value in pairs]


def part(entry: Entry, name: str, path: Path) -> Any:
    """Return one part of an entry; raises `DataError` naming file, key and part if it is missing."""
    key, values = entry
    if name not in values:
        raise DataError(f"{path}, key '{key}': no '{name}'; it has {', '.join(values)}; copy the file again")
    return values[name]


def number(entry: Entry, name: str, value: Any, path: Path) -> float:
    """Return `value`, found in part `name` of an entry, as a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DataError(
            f"{path}, key '{entry[0]}': {name} holds {json.dumps(value)}, not a number; copy the file again"
        )
    return float(value)


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as its pairs: no key is lost."""
