"""The NATS-Bench topology folder, whose entries are cells of NAS-Bench-201."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bench.tables.nats_folder import ENTRIES, META, NatsFolder, lists_widths


@dataclass(frozen=True, kw_only=True)
class NatsTss(NatsFolder):
    """Every data set, split, seed and budget in the entries becomes a table `nb201/...@nats-tss`.

    Source: Dong et al., NATS-Bench (TPAMI 2021).
    """

    form: ClassVar[str] = f"NATS-tss-v1_0-...-simple folder ({META} and {ENTRIES})"
    space: ClassVar[str] = "nb201"
    unit: ClassVar[str] = "cell"

    def recognizes(self, path: Path) -> bool:
        return (path / META).is_file() and not lists_widths(path)

    def release(self, path: Path) -> str:
        return "nats-tss"
