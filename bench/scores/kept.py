"""Computed values on disk, which a later command need not compute again. The folder may be deleted at any time."""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from bench.files import write_disposable

FOLDER = Path(".cache")
"""In the folder of runs; in it a folder for every kind of values, and in that one for every version of the code."""
UNUSED = 30 * 24 * 3600.0
"""Seconds after which the values of a version that no command has used are removed."""
_results: Path | None = None


@contextmanager
def kept_in(results: Path) -> Iterator[None]:
    """Inside, `kept_value` reads values from a folder of runs, and writes there what it lacks."""
    global _results
    before, _results = _results, results
    try:
        yield
    finally:
        _results = before


def kept_value(kind: str, version: str, key: str, compute: Callable[[], Any]) -> Any:
    """Return `compute()`, which JSON can hold, from the disk if it is there.

    `version` names all code that determines the value, `key` all else. A damaged file is computed again.
    """
    if _results is None:
        return compute()
    folder = _results / FOLDER / kind / version
    path = file_of(folder, key)
    found = read(path, key)
    if found is None:
        remove_unused(folder)
        found = compute()
        write(path, key, found)
    return found


def file_of(folder: Path, key: str) -> Path:
    """Return the file of a key in the folder of a version."""
    return folder / key[:2] / f"{key}.json"


def read(path: Path, key: str) -> Any:
    """Return what is stored under a key; None if nothing is, or not as it was written."""
    try:
        seal, _, content = path.read_text(encoding="utf-8").partition("\n")
    except (OSError, ValueError):
        return None
    return json.loads(content) if seal == _sealed(key, content) else None


def write(path: Path, key: str, value: Any) -> None:
    """Store a value under a key, if that is possible."""
    content = json.dumps(value)
    write_disposable(path, f"{_sealed(key, content)}\n{content}")


def remove_unused(own: Path) -> None:
    """Remove the folders of other versions beside `own` that are `UNUSED`; `own` counts as used now."""
    with suppress(OSError):  # nothing is kept yet, or it may not be changed
        os.utime(own)
    with suppress(OSError):
        for other in own.parent.iterdir():
            if other != own and other.stat().st_mtime < time.time() - UNUSED:
                shutil.rmtree(other, ignore_errors=True)


def _sealed(key: str, content: str) -> str:
    return hashlib.sha256(f"{key}\n{content}".encode()).hexdigest()
