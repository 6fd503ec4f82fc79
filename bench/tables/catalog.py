"""The stored tables by name: the user's data folder first, then the embedded ones."""

from contextlib import suppress
from pathlib import Path

from bench.errors import DataError, unknown_name
from bench.places import SHIPPED
from bench.tables.sources import load_sources
from bench.tables.store import TableInfo, read_info, read_table
from bench.tables.table import Table
from bench.truth import Truth


def open_table(truth: Truth | str, folder: Path) -> Table:
    """Return the table of a truth; raises `UnknownName` with the known ones and how to get this one."""
    name = str(truth)
    path = table_paths(folder).get(name)
    if path is None:
        raise unknown_name("table", name, table_paths(folder), remedy(name))
    table = read_table(path)
    if table.name != name:
        raise DataError(f"{path} holds the table '{table.name}'; move it back to {table.name}.h5")
    return table


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


def remedy(name: str) -> str:
    """Return how to get the table called `name`."""
    for source in load_sources():
        if name in source.tables:
            return source.remedy
    return f"'supernet-bench data add FILE --name {name}' stores your own"
