"""The NATS-Bench topology folder in its "simple" form: one compressed pickle per cell, read one at a time."""

import hashlib
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


@dataclass(frozen=True, kw_only=True)
class NatsTss(Reader):
    """Every data set, split, seed and budget in the entries becomes a table; entries may be missing.

    Each entry's cell is compared with the index in the meta file. The source's digest covers the names and bytes of
    the entries. Source: Dong et al., NATS-Bench (TPAMI 2021).
    """

    form: ClassVar[str] = f"NATS-tss-v1_0-...-simple folder ({META} and {ENTRIES})"

    def recognizes(self, path: Path) -> bool:
        return (path / META).is_file()

    def release(self, path: Path) -> str:
        return "nats-tss"

    def read(self, path: Path) -> list[Table]:
        index = _load(path / META, (path / META).read_bytes())
        if not isinstance(index, dict) or "meta_archs" not in index:
            raise DataError(f"{path / META} has no 'meta_archs', the list of cells; copy the file again")
        entries = sorted(path.glob(ENTRIES))
        if not entries:
            raise DataError(f"{path} holds {META} but no entry such as 000000.pickle.pbz2; copy the entries there too")
        trials, digest = TrialTables(path, len(entries)), hashlib.sha256()
        for row, entry in enumerate(self.track(entries, f"reading {path.name}")):
            content = entry.read_bytes()
            digest.update(f"{entry.name} {hashlib.sha256(content).hexdigest()}\n".encode())
            for results in _budgets(entry, content):
                trials.add(row, entry.name, results)
            if trials.archs[row] != (listed := index["meta_archs"][int(entry.name.partition(".")[0])]):
                raise DataError(
                    f"{entry} holds the cell '{trials.archs[row]}', but {META} lists '{listed}' under its number; "
                    "copy the file again"
                )
        return trials.tables(citation="Dong et al., NATS-Bench, TPAMI 2021", source_sha256=digest.hexdigest())


def _budgets(path: Path, content: bytes) -> list[Any]:
    entry = _load(path, content)
    if not isinstance(entry, dict) or not entry:
        raise DataError(f"{path} holds no results by budget ('12', '200'); copy the file again")
    return list(entry.values())


def _load(path: Path, content: bytes) -> Any:
    return safe_loads(decompress(content, "bz2", path), path)
