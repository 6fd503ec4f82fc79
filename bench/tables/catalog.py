"""The stored tables by name: the user's data folder first, then the embedded ones."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from bench.errors import BenchError, DataError, UnknownName, unknown_name
from bench.places import SHIPPED
from bench.spaces import SPACES
from bench.tables.sources import load_sources
from bench.tables.store import TableInfo, read_info, read_table
from bench.tables.table import Table
from bench.truth import Truth


def open_table(truth: Truth | str, folder: Path) -> Table:
    """Return the table of a truth; raises `UnknownName` with the known ones and how to get this one.

    A plain name of which no table is stored stands for its release, if one whole release is stored: what is shown is
    then named after the release. A table that lacks architectures never stands for the whole one.
    """
    name, paths = str(truth), table_paths(folder)
    path = paths.get(name) or paths.get(_only_release(name, paths))
    if path is None:
        space = name.partition("/")[0]
        alike = [other for other in paths if space not in SPACES.names() or other.startswith(f"{space}/")]
        raise unknown_name("table", name, alike, remedy(name))
    table = read_table(path)
    if paths.get(table.name) != path:
        raise DataError(f"{path} holds the table '{table.name}'; move it back to {table.name}.h5")
    return table


def _only_release(name: str, paths: Mapping[str, Path]) -> str:
    """Return the one whole release of a plain name, "" if none is stored; raises `UnknownName` if several are."""
    found = [other for other in sorted(paths) if other.startswith(f"{name}@") and _whole(paths[other])]
    if len(found) > 1:
        raise UnknownName(f"table '{name}' is stored in several releases: {', '.join(found)}; name one of them")
    return found[0] if found else ""


def _whole(path: Path) -> bool:
    """Return whether a stored table can be read and has every architecture of its space."""
    try:
        info = read_info(path)
        space = SPACES.get(Truth.parse(info.name).space)()
    except BenchError:
        return False
    return space.size_is_exact and not info.coverage


def list_tables(folder: Path) -> list[TableInfo]:
    """Return the attributes of every stored table, sorted by name; reads no accuracies.

    A file that cannot be read is listed with its `damage`.
    """
    tables = []
    for name, path in sorted(table_paths(folder).items()):
        try:
            tables.append(read_info(path))
        except DataError as error:
            tables.append(TableInfo(name=name, path=path, damage=str(error)))
    return tables


def truths(folder: Path) -> list[Truth]:
    """Return the truth of every stored table, sorted by name; files without a valid name are skipped."""
    found = []
    for name in sorted(table_paths(folder)):
        with suppress(DataError):
            found.append(Truth.parse(name))
    return found


def open_truths_beside(truth: Truth, folder: Path) -> list[Table]:
    """Return the tables of the same space, split and budget on other images; damaged ones are left out."""
    found = []
    for other in truths(folder):
        if truth.on_other_images(other):
            with suppress(DataError):
                found.append(open_table(other, folder))
    return found


def table_path(name: str, folder: Path) -> Path:
    """Return the path of the table called `name` in `folder`."""
    return folder / "tables" / f"{name}.h5"


def table_paths(folder: Path) -> dict[str, Path]:
    """Return the file of every stored table by name; a user's table hides an embedded one."""
    paths: dict[str, Path] = {}
    for root in (SHIPPED / "embedded", folder):
        for path in (root / "tables").glob("*/*/*/*.h5"):
            paths[path.relative_to(root / "tables").as_posix().removesuffix(".h5")] = path
    return paths


MOST_SOURCES = 3
"""Sources that an error names for a table that none of them has."""


def remedy(name: str) -> str:
    """Return how to get the table called `name`; if no source has it, also which tables of its space one has."""
    sources = load_sources()
    for source in sources:
        if name in source.tables:
            return f"{source.remedy}, 'data add {source.file}' takes it" if source.url else source.remedy
    own = f"'supernet-bench data add FILE --name {name}' stores your own"
    space, releases = name.partition("/")[0], f"{name}@"
    near = [(table, source) for source in sources for table in source.tables if table.startswith(releases)]
    near = near or [
        (table, source) for source in sources for table in source.tables[:1] if table.startswith(f"{space}/")
    ]
    told = [f"{table} ({source.remedy})" for table, source in near[:MOST_SOURCES]]
    return f"{own}; published for {space}: {', '.join(told)}" if told else own
