"""Where published tables come from: data/sources.toml."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from bench.errors import DataError
from bench.places import SHIPPED

SOURCES = SHIPPED / "sources.toml"


@dataclass(frozen=True, kw_only=True)
class Source:
    """One published file; `url` is empty if it must be downloaded by hand from `page`. `size` is in bytes."""

    name: str
    file: str
    page: str
    sha256: str
    size: int
    licence: str
    citation: str
    tables: tuple[str, ...]
    url: str = ""

    @property
    def remedy(self) -> str:
        """Return how to get this source's tables."""
        if self.url:
            return f"'supernet-bench data fetch {self.name}' downloads it"
        return f"get {self.file} from {self.page}, then run 'supernet-bench data add {self.file}'"


def load_sources(path: Path = SOURCES) -> list[Source]:
    """Return the listed sources; raises `DataError` naming file, source and key if one lacks a key.

    >>> [source.name for source in load_sources()][:3]
    ['nats-bench-csv', 'nas-bench-macro', 'nats-sss']
    """
    sources = []
    for name, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
        needed = set(Source.__dataclass_fields__) - {"name", "url"}
        if missing := sorted(needed - set(entry)):
            raise DataError(f"{path}, source '{name}': no {', '.join(missing)}; every source needs them")
        sources.append(Source(name=name, **(entry | {"tables": tuple(entry["tables"])})))
    return sources
