"""The NATS-Bench folders in their "simple" form: one compressed pickle per architecture, read one at a time."""

import bz2
import hashlib
import re
from abc import ABC
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from bench.errors import DataError
from bench.tables.readers import Reader
from bench.tables.safe_pickle import safe_loads
from bench.tables.table import Table
from bench.tables.trials import TrialTables
from bench.untrusted.limits import decompress

META, ENTRIES = "meta.pickle.pbz2", "[0-9]*.pickle.pbz2"
WIDTHS = re.compile(rb"\d+(:\d+){4}")
"""An architecture of the size space as it stands in the meta file."""
START = 4096
"""Bytes of the meta file, decompressed, that tell the two folders apart."""


@dataclass(frozen=True, kw_only=True)
class NatsFolder(Reader, ABC):
    """Every data set, split, seed and budget in the entries becomes a table; entries may be missing.

    Each entry's architecture is compared with the index in the meta file. The source's digest covers the names and
    bytes of the entries. Source: Dong et al., NATS-Bench (TPAMI 2021).
    """

    space: ClassVar[str]
    unit: ClassVar[str]
    """What an architecture of the space is called."""

    def read(self, path: Path) -> list[Table]:
        index = _load(path / META, (path / META).read_bytes())
        if not isinstance(index, dict) or not isinstance(listed := index.get("meta_archs"), list):
            raise DataError(f"{path / META} has no 'meta_archs', the list of {self.unit}s; copy the file again")
        entries = sorted(path.glob(ENTRIES))
        if not entries:
            raise DataError(f"{path} holds {META} but no entry such as 000000.pickle.pbz2; copy the entries there too")
        trials, digest = TrialTables(path, len(entries), self.space), hashlib.sha256()
        for row, entry in enumerate(self.track(entries, f"reading {path.name}")):
            content = entry.read_bytes()
            digest.update(f"{entry.name} {hashlib.sha256(content).hexdigest()}\n".encode())
            for results in _budgets(entry, content):
                trials.add(row, entry.name, results)
            if trials.archs[row] != (expected := self._listed(entry, listed)):
                raise DataError(
                    f"{entry} holds the {self.unit} '{trials.archs[row]}', but {META} lists '{expected}' under its "
                    "number; copy the file again"
                )
        return trials.tables(citation="Dong et al., NATS-Bench, TPAMI 2021", source_sha256=digest.hexdigest())

    def _listed(self, entry: Path, archs: list[Any]) -> str:
        """Return what the meta file lists under the number in an entry's name."""
        number = entry.name.partition(".")[0]
        if not number.isdecimal():
            raise DataError(f"{entry} is not named by a number, such as 000002.pickle.pbz2; remove or rename it")
        if int(number) >= len(archs) or not isinstance(archs[int(number)], str):
            raise DataError(
                f"{entry.with_name(META)} lists no {self.unit} under {int(number)}, the number of {entry.name}, but "
                f"{len(archs):,} in all; copy both files again"
            )
        return str(archs[int(number)])


def lists_widths(folder: Path) -> bool:
    """Return whether the meta file of a folder begins with networks of the size space; nothing is unpickled."""
    try:
        with (folder / META).open("rb") as file:
            return bool(WIDTHS.search(bz2.BZ2Decompressor().decompress(file.read(), START)))
    except (OSError, ValueError, EOFError):
        return False


def _budgets(path: Path, content: bytes) -> list[Any]:
    entry = _load(path, content)
    if not isinstance(entry, dict) or not entry:
        raise DataError(f"{path} holds no results by budget ('12', '200'); copy the file again")
    return list(entry.values())


def _load(path: Path, content: bytes) -> Any:
    return safe_loads(decompress(content, "bz2", path), path)
