"""The NATS-Bench size folder, whose entries are networks of different widths."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bench.tables.nats_folder import ENTRIES, META, NatsFolder, lists_widths


@dataclass(frozen=True, kw_only=True)
class NatsSss(NatsFolder):
    """Every data set, split, seed and budget in the entries becomes a table `nats-sss/...@nats-sss`.

    Source: Dong et al., NATS-Bench (TPAMI 2021).
    """

    form: ClassVar[str] = f"NATS-sss-v1_0-...-simple folder ({META} and {ENTRIES})"
    space: ClassVar[str] = "nats-sss"
    unit: ClassVar[str] = "network"

    def recognizes(self, path: Path) -> bool:
        return lists_widths(path)

    def release(self, path: Path) -> str:
        return "nats-sss"
