"""Published files and your own files of accuracies -> tables; one module per format."""

import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bench.registry import Registry
from bench.slot import kebab
from bench.tables.frame import USUAL, Columns
from bench.tables.table import Table
from bench.tables.text_file import GZIP

HEAD = 4096
"""Bytes at the start of a text file from which its format is recognized, even if the file is truncated."""

Track = Callable[[Sequence[Path], str], Iterable[Path]]
"""Passes the files through and shows progress under a description, as `rich.progress.track` does."""


def silent(files: Sequence[Path], description: str) -> Iterable[Path]:
    """Pass the files through and show nothing."""
    return files


@dataclass(frozen=True, kw_only=True)
class Reader(ABC):
    """Turns one file or folder of a format into checked tables.

    `name` is the full table name that the caller chose; only formats without table names (`names_itself` False) use
    it. `columns` are those that the caller chose; only formats without names of their own use them. `percent` says
    that the file's accuracies are percent even where they look like fractions, as accuracies of at most 1 % do.
    `track` shows the progress of long conversions.
    """

    form: ClassVar[str]
    """The format in one line, for the error about a file that no reader recognizes."""

    names_itself: ClassVar[bool] = True
    sample_name: ClassVar[str | None] = None
    """The table name of what `sample` writes, for a format without table names."""

    name: str | None = None
    percent: bool = False
    track: Track = silent
    columns: Columns = USUAL

    @classmethod
    def reader_name(cls) -> str:
        """Return the name under which the registry lists this reader."""
        return kebab(cls.__name__)

    @classmethod
    def sample(cls, folder: Path) -> Path | None:
        """Write a small valid file of the format into `folder` and return it, for 'supernet-bench check'.

        None if it writes none: then the user gives one.
        """
        return None

    @abstractmethod
    def recognizes(self, path: Path) -> bool:
        """Return whether `path` looks like this format; never unpickles anything."""

    def release(self, path: Path) -> str:
        """Return the release of a published file or folder that `sources.toml` does not list, "" if it has none.

        Its tables are stored as `space/dataset/split/budget@release`, beside those of other releases.
        """
        return ""

    @abstractmethod
    def read(self, path: Path) -> list[Table]:
        """Return every table that `path` holds; raises `DataError` naming file, row or key, and value."""


def head(path: Path) -> str:
    """Return the first few thousand characters of a file, "" for a folder."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return file.read(HEAD).decode("utf-8", errors="replace")


def csv_header(path: Path) -> list[str]:
    """Return the names in the first line of a CSV file, compressed by gzip or not; [] if it has none that is text."""
    if not path.is_file():
        return []
    with path.open("rb") as file:
        start = file.read(HEAD)
    try:
        plain = zlib.decompressobj(wbits=31).decompress(start, HEAD) if start.startswith(GZIP) else start
        return plain.decode("utf-8").partition("\n")[0].strip().split(",")
    except (zlib.error, UnicodeDecodeError):
        return []


READERS: Registry[type[Reader]] = Registry("readers", "bench.tables.readers", Reader)
