"""Files and folders of accuracies -> stored tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.errors import DataError
from bench.tables.catalog import table_path, table_paths
from bench.tables.readers import READERS, Reader, Track, silent
from bench.tables.store import TableInfo, read_info, read_table, write_new_table
from bench.tables.table import Table


@dataclass(frozen=True)
class Added:
    """The result for one table."""

    name: str
    summary: str


def add(paths: Sequence[Path], folder: Path, name: str | None = None, track: Track = silent) -> list[Added]:
    """Recognize, read, check and store every path under `folder`; `name` is for formats without table names.

    A stored table never changes: equal content is reported as "already there", other content raises `DataError`.
    """
    return [_keep(table, folder) for path in paths for table in read_tables(path, name, track)]


def already_there(info: TableInfo) -> Added:
    """Return the result for a table that was stored before, possibly from another source."""
    return Added(info.name, f"already there: {info.path}, from {info.source}")


def read_tables(path: Path, name: str | None = None, track: Track = silent) -> list[Table]:
    """Return the checked tables of one file or folder."""
    if not path.exists():
        raise DataError(f"{path} does not exist; give the path of a file or folder of accuracies")
    if path.is_file() and path.stat().st_size == 0:
        raise DataError(f"{path} is empty; copy the file again")
    reader = _reader(path, name, track)
    if reader.names_itself and name is not None:
        raise DataError(f"{path} is in a published format whose tables have fixed names; leave out --name {name}")
    return reader.read(path)


def _reader(path: Path, name: str | None, track: Track) -> Reader:
    readers: list[Reader] = [READERS.get(known)(name=name, track=track) for known in READERS.names()]
    for reader in sorted(readers, key=lambda reader: not reader.names_itself):  # published formats first
        if reader.recognizes(path):
            return reader
    forms = "\n".join(f"  - {reader.form}" for reader in readers)
    raise DataError(f"{path} is in no known format of tables; allowed:\n{forms}")


def _keep(table: Table, folder: Path) -> Added:
    stored = table_paths(folder).get(table.name)
    if stored is None:
        stored = table_path(table.name, folder)
        if write_new_table(table, stored):
            merged = f", {table.merged:,} repeated rows merged" if table.merged else ""
            seeds = "seed" if len(table.seeds) == 1 else "seeds"
            return Added(table.name, f"{len(table.genes):,} architectures, {seeds} {', '.join(table.seeds)}{merged}")
    if read_table(stored).sha256 != table.sha256:
        raise DataError(
            f"table '{table.name}' is already stored in {stored} with other content, and a stored table never "
            "changes; remove that file by hand, or use another name or another folder (--data)"
        )
    return already_there(read_info(stored))
