"""Table <-> HDF5: written atomically, compared with its digest when read."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.errors import DataError
from bench.files import make_folder, remedy_of_reading, write_new, write_whole
from bench.tables.table import Table

if TYPE_CHECKING:
    import h5py

SCHEMA = "supernet-bench table 1"
UNITS, DIRECTION = "percent", "higher is better"
NO_SPACE = "free some space or name another folder with --data, and run again"
REMEDY = "remove it and add its source again with 'supernet-bench data add'"


@dataclass(frozen=True, kw_only=True)
class TableInfo:
    """The attributes of a stored table; `archs` counts architectures, `seeds` names the training seeds.

    For a damaged file only `name`, `path` and `damage`, the defect, are known.
    """

    name: str
    archs: int = 0
    seeds: tuple[str, ...] = ()
    source: str = ""
    path: Path
    damage: str = ""


def write_table(table: Table, path: Path) -> None:
    """Write `table` to `path`: genes int8 [arch, decision], accuracy float32 percent [arch, seed], costs.

    The write is atomic; raises `StoreError` and leaves no file if it fails.
    """
    make_folder(path.parent)
    write_whole(path, _hdf5(table), remedy=NO_SPACE)


def write_new_table(table: Table, path: Path) -> bool:
    """Write a table like `write_table`, unless the name is taken: return False then, and change nothing."""
    make_folder(path.parent)
    return write_new(path, _hdf5(table), remedy=NO_SPACE)


def read_table(path: Path) -> Table:
    """Return the table stored in `path`; raises `DataError` if it is truncated, foreign or changed."""
    with _opened(path) as file:
        attributes = file.attrs
        table = Table(
            name=str(attributes["name"]),
            genes=file["genes"][...],
            accuracy=file["accuracy"][...],
            seeds=tuple(str(attributes["seeds"]).split(",")),
            costs={cost: values[...] for cost, values in file["costs"].items()},
            source=str(attributes["source"]),
            citation=str(attributes["citation"]),
            source_sha256=str(attributes["source_sha256"]),
            merged=int(attributes["merged"]),
        )
        recorded = str(attributes["sha256"])
    if table.sha256 != recorded:
        raise DataError(f"{path} was changed: its content has sha256 {table.sha256}, it records {recorded}; {REMEDY}")
    return table


def read_info(path: Path) -> TableInfo:
    """Return the attributes of the table stored in `path`, without its numbers."""
    with _opened(path) as file:
        return TableInfo(
            name=str(file.attrs["name"]),
            archs=len(file["genes"]),
            seeds=tuple(str(file.attrs["seeds"]).split(",")),
            source=str(file.attrs["source"]),
            path=path,
        )


def _hdf5(table: Table) -> bytes:
    """Return the file's bytes; built in memory, because HDF5 crashes on a full disk."""
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.attrs.update(
            schema=SCHEMA,
            name=table.name,
            units=UNITS,
            direction=DIRECTION,
            seeds=",".join(table.seeds),
            source=table.source,
            citation=table.citation,
            source_sha256=table.source_sha256,
            merged=table.merged,
            sha256=table.sha256,
        )
        columns = {"genes": table.genes.astype(np.int8), "accuracy": table.accuracy.astype(np.float32)}
        columns |= {f"costs/{cost}": values for cost, values in table.costs.items()}
        file.create_group("costs")
        for name, values in columns.items():
            file.create_dataset(name, data=values, compression="gzip", shuffle=True)
    return buffer.getvalue()


@contextmanager
def _opened(path: Path) -> Iterator["h5py.File"]:
    """Open a table file for reading; errors of HDF5 become a `DataError` with a remedy."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            found = file.attrs.get("schema", "none")
            if found != SCHEMA:
                raise DataError(f"{path} has schema '{found}' instead of '{SCHEMA}'; {REMEDY}")
            yield file
    except OSError as error:
        remedy = remedy_of_reading(path, error, REMEDY)
        raise DataError(f"{path} cannot be read as a table (truncated?): {error}; {remedy}") from error
    except KeyError as error:
        raise DataError(f"{path} lacks a part of a table: {error}; {REMEDY}") from error
