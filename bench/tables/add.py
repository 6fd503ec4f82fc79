"""Files and folders of accuracies -> stored tables."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench.errors import DataError
from bench.files import is_special, remedy_of_reading
from bench.tables.catalog import table_path, table_paths
from bench.tables.frame import USUAL, Columns
from bench.tables.naming import named
from bench.tables.readers import READERS, Reader, Track, silent
from bench.tables.sources import SOURCES, load_sources
from bench.tables.store import TableInfo, read_info, read_table, write_new_table, write_table
from bench.tables.table import Table
from bench.tables.units import taken_as_percent


@dataclass(frozen=True)
class Added:
    """The result for one table."""

    name: str
    summary: str


def add(
    paths: Sequence[Path],
    folder: Path,
    name: str | None = None,
    track: Track = silent,
    columns: Columns = USUAL,
    *,
    release: str = "",
    percent: bool = False,
    sources: Path = SOURCES,
) -> list[Added]:
    """Recognize, read, check and store every path under `folder`; `name` and `columns` are for formats without them.

    All tables of a path are stored or none. A stored table never changes: equal content is reported as "already
    there", other content raises `DataError`. `release` tells the tables apart from others of the same truths;
    `percent` says that accuracies are percent even where they look like fractions. `sources` lists the published
    files, which alone have the plain names of their tables.
    """
    found: list[Added] = []
    for path in paths:
        reader = recognized(path, name, track, columns, percent=percent)
        tables = named(_read(path, reader), path, reader, load_sources(sources), release)
        found += _keep(tables, path, folder)
    return found


def already_there(info: TableInfo) -> Added:
    """Return the result for a table that was stored before, possibly from another source."""
    covered = f" ({info.coverage} architectures)" if info.coverage else ""
    return Added(info.name, f"already there{covered}: {info.path}, from {info.source}")


def read_tables(path: Path, name: str | None = None, track: Track = silent, columns: Columns = USUAL) -> list[Table]:
    """Return the checked tables of one file or folder, under the names that the format gives them."""
    return _read(path, recognized(path, name, track, columns))


def recognized(
    path: Path, name: str | None = None, track: Track = silent, columns: Columns = USUAL, *, percent: bool = False
) -> Reader:
    """Return the reader of a file or folder; raises `DataError` if there is none, or none for `name` or `columns`."""
    if not path.exists():
        raise DataError(f"{path} does not exist; give the path of a file or folder of accuracies")
    if is_special(path):
        raise DataError(f"{path} is a device or a pipe; write what it gives to a file, and give that")
    if path.is_file() and path.stat().st_size == 0:
        raise DataError(f"{path} is empty; copy the file again")
    reader = _reader(path, name, track, columns, percent)
    if reader.names_itself and name is not None:
        raise DataError(
            f"{path} is in a published format whose tables have fixed names; leave out --name {name}, or tell them "
            "apart with --release"
        )
    if reader.names_itself and columns != USUAL:
        raise DataError(f"{path} is in a published format with columns of its own; leave out --column, --arch-column")
    return reader


def _reader(path: Path, name: str | None, track: Track, columns: Columns, percent: bool) -> Reader:
    readers: list[Reader] = [
        READERS.get(known)(name=name, track=track, columns=columns, percent=percent) for known in READERS.names()
    ]
    for reader in sorted(readers, key=lambda reader: not reader.names_itself):  # published formats first
        with _readable(path):
            if reader.recognizes(path):
                return reader
    own = "; ".join(reader.form for reader in readers if not reader.names_itself)
    raise DataError(
        f"{path} is in no known format of tables; allowed: {own}; and {sum(r.names_itself for r in readers)} published "
        "formats, which 'supernet-bench list readers' describes"
    )


def _read(path: Path, reader: Reader) -> list[Table]:
    with _readable(path):
        return reader.read(path)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn an error of the file system into a `DataError` that names the path."""
    try:
        yield
    except OSError as error:
        remedy = remedy_of_reading(path, error, "copy it again")
        raise DataError(f"{path} cannot be read ({error.strerror or error}); {remedy}") from error


def _keep(tables: Sequence[Table], path: Path, folder: Path) -> list[Added]:
    """Store all tables of a path, or none if one collides or cannot be written."""
    stored = table_paths(folder)
    known = {table.name: stored[table.name] for table in tables if table.name in stored}
    for table in tables:
        if table.name in known:
            _check_same(table, known[table.name], path)
    written: list[Path] = []
    try:
        for table in tables:
            if table.name in known:
                continue
            target = table_path(table.name, folder)
            if write_new_table(table, target):
                written.append(target)
            else:  # another process stored it meanwhile
                _check_same(table, target, path)
                known[table.name] = target
    except BaseException:
        for target in written:
            target.unlink(missing_ok=True)
        raise
    return [_kept(table, known[table.name]) if table.name in known else _new(table) for table in tables]


def _check_same(table: Table, stored: Path, path: Path) -> None:
    """Raise `DataError` unless a stored table has the content of the one in `path`."""
    if read_table(stored).sha256 != table.sha256:
        raise DataError(
            f"table '{table.name}' is already stored in {stored} with other content, and a stored table never "
            f"changes; 'data remove {table.name}' removes it, {_apart(table)}, or use another folder (--data); nothing "
            f"of {path} was stored"
        )


def _apart(table: Table) -> str:
    """Return how to store a table beside the one that has its name."""
    other = replace(table.truth, release=f"{table.truth.release}-2" if table.truth.release else "mine")
    return f"keep both with --release {other.release}, which stores '{other}'"


def _new(table: Table) -> Added:
    merged = f", {table.merged:,} repeated rows merged" if table.merged else ""
    seeds = "seed" if len(table.seeds) == 1 else "seeds"
    archs = table.coverage or f"{len(table.genes):,}"
    low = f"; {told}" if (told := taken_as_percent(table.accuracy)) else ""
    return Added(table.name, f"{archs} architectures, {seeds} {', '.join(table.seeds)}{merged}{low}")


def _kept(table: Table, path: Path) -> Added:
    """Return the result for a table that is there; one of an earlier version is written anew, costs in its digest."""
    info = read_info(path)
    if not info.costs_checked:
        write_table(read_table(path), path)
    return already_there(info)
