"""The stored tables by name: the user's data folder first, then the embedded ones."""

from pathlib import Path

from bench.errors import DataError, unknown_name
from bench.places import SHIPPED
from bench.tables.sources import load_sources
from bench.tables.store import TableInfo, read_info, read_table
from bench.tables.table import Table


def open_table(name: str, folder: Path) -> Table:
    """Return the table called `name`; raises `UnknownName` with the known ones and how to get this one."""
    path = table_paths(folder).get(name)
    if path is None:
        raise unknown_name("table", name, table_paths(folder), _remedy(name))
    table = read_table(path)
    if table.name != name:
        raise DataError(f"{path} holds the table '{table.name}'; move it back to {table.name}.h5")
    return table


def list_tables(folder: Path) -> list[TableInfo]:
    """Return what every stored table says of itself, sorted by name; reads no accuracies."""
    return [read_info(path) for _, path in sorted(table_paths(folder).items())]


def table_path(name: str, folder: Path) -> Path:
    """Return where the table called `name` belongs in `folder`."""
    return folder / "tables" / f"{name}.h5"


def table_paths(folder: Path) -> dict[str, Path]:
    """Return the file of every stored table by name; a user's table hides an embedded one."""
    paths: dict[str, Path] = {}
    for root in (SHIPPED / "embedded", folder):
        for path in (root / "tables").glob("*/*/*/*.h5"):
            paths[path.relative_to(root / "tables").as_posix().removesuffix(".h5")] = path
    return paths


def _remedy(name: str) -> str:
    for source in load_sources():
        if name in source.tables:
            return source.remedy
    return f"'supernet-bench data add FILE --name {name}' stores your own"
