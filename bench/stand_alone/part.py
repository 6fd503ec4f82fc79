"""A part of a table: networks that one job of a cluster trains, into a journal of its own beside the table's."""

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bench.errors import StoreError
from bench.files import make_folder, write_whole
from bench.processes.claim import HELD, claimed
from bench.processes.progress import Step
from bench.stand_alone.build import Chunk, train_chunk
from bench.stand_alone.journal import PART, Journal, folder_of_parts
from bench.untrusted.json_object import read_object

WANTED = "networks.json"
"""The file that names the networks of a part."""


@dataclass(frozen=True)
class Part:
    """Chunks of networks of one table, and the folder of their journal."""

    label: str
    folder: Path
    chunks: tuple[Chunk, ...]
    plugins: tuple[Path, ...] = ()

    def moved(self, to: Callable[[Path], Path]) -> "Part":
        """Return the same part with every path replaced by what `to` returns for it."""
        chunks = tuple(chunk._replace(data=str(to(Path(chunk.data)))) for chunk in self.chunks)
        return replace(self, folder=to(self.folder), chunks=chunks)

    def execute(self, *, cores: Callable[[], int], report: Callable[[Step], None], say: Callable[[str], None]) -> str:
        """Train the networks that the journal of this part lacks, with one thread, and return how that ended."""
        with claimed(self.folder / "lock") as other:
            if other is not None:
                return f"{HELD} ({other})"
            journal = Journal(self.folder / PART)
            for place, chunk in enumerate(self.chunks):
                report(Step("train", place, len(self.chunks), "chunks"))
                left = [arch for arch in chunk.archs if (arch, chunk.seed) not in journal.networks]
                for network in train_chunk(chunk._replace(archs=left)) if left else []:
                    journal.add(network)
        return "trained"


def parts_of(chunks: Sequence[Chunk], count: int, journal: Path, plugins: tuple[Path, ...]) -> list[Part]:
    """Return at most `count` parts of nearly equally many chunks, and store which networks each of them trains.

    `journal` is the path of the table's.
    """
    count = min(count, len(chunks))
    name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    parts = []
    for place in range(count):
        own = tuple(chunks[place::count])
        folder = make_folder(folder_of_parts(journal) / f"{name}-{place}")
        networks = [[arch, chunk.seed] for chunk in own for arch in chunk.archs]
        write_whole(folder / WANTED, json.dumps({"networks": networks}) + "\n")
        parts.append(Part(f"part {place + 1} of {count}", folder, own, plugins))
    return parts


def networks_in(folder: Path) -> set[tuple[str, int]]:
    """Return the networks that a part trains, none without its file; raises `StoreError` if that is damaged."""
    path = folder / WANTED
    if not path.exists():
        return set()
    try:
        networks = read_object(path)["networks"]
        if not isinstance(networks, list) or not all(_is_network(network) for network in networks):
            raise ValueError("'networks' is no list of [architecture, seed]")
        return {(arch, seed) for arch, seed in networks}
    except (OSError, ValueError, KeyError) as error:
        raise StoreError(
            f"{path} is not readable ({error}); 'supernet-bench cancel' the table, delete {folder}"
        ) from error


def _is_network(value: object) -> bool:
    return isinstance(value, list) and [type(part) for part in value] == [str, int]
