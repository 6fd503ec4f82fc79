"""Table <-> HDF5: written atomically, compared with its digest when read."""

import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.errors import BenchError, DataError
from bench.files import make_folder, remedy_of_reading, write_new, write_whole
from bench.spaces import SPACES
from bench.tables.table import Table, coverage
from bench.truth import Truth
from bench.untrusted.hdf5 import open_hdf5, plain_dataset, read_array, read_count, read_text

if TYPE_CHECKING:
    import h5py

SCHEMA = "supernet-bench table 2"
OLD_SCHEMA = "supernet-bench table 1"
"""Files of this schema record a digest that leaves out the costs; `data add` of their source writes them anew."""
UNITS, DIRECTION = "percent", "higher is better"
NO_SPACE = "free some space or name another folder with --data, and run again"
REMEDY = "remove it and add its source again with 'supernet-bench data add'"


@dataclass(frozen=True, kw_only=True)
class TableInfo:
    """The attributes of a stored table; `archs` counts architectures, `seeds` names the training seeds.

    `coverage` is "3 of 15,625" for a table that lacks architectures of its space. `costs_checked` is False for a file
    whose costs are outside its digest.
    For a damaged file only `name`, `path` and `damage`, the defect, are known.
    """

    name: str
    archs: int = 0
    seeds: tuple[str, ...] = ()
    source: str = ""
    path: Path
    coverage: str = ""
    sha256: str = ""
    costs_checked: bool = True
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
        costs = {cost: read_array(file, f"costs/{cost}") for cost in file["costs"]}
        genes, accuracy = read_array(file, "genes", "i"), read_array(file, "accuracy", "f")
        name, seeds = read_text(file, "name"), tuple(read_text(file, "seeds").split(","))
        _check_shapes(name, genes, accuracy, seeds, costs)
        table = Table(
            name=name,
            genes=genes,
            accuracy=accuracy,
            seeds=seeds,
            costs=costs,
            source=read_text(file, "source"),
            citation=read_text(file, "citation"),
            source_sha256=read_text(file, "source_sha256"),
            merged=read_count(file, "merged"),
        )
        recorded, old = read_text(file, "sha256"), read_text(file, "schema") == OLD_SCHEMA
    found = table.sha256_without_costs if old else table.sha256
    if found != recorded:
        raise DataError(f"{path} was changed: its content has sha256 {found}, it records {recorded}; {REMEDY}")
    return table


def read_info(path: Path) -> TableInfo:
    """Return the attributes of the table stored in `path`, without its numbers."""
    with _opened(path) as file:
        name, archs = read_text(file, "name"), len(plain_dataset(file, "genes"))
        return TableInfo(
            name=name,
            archs=archs,
            seeds=tuple(read_text(file, "seeds").split(",")),
            source=read_text(file, "source"),
            path=path,
            coverage=_coverage(name, archs),
            sha256=read_text(file, "sha256"),
            costs_checked=read_text(file, "schema") == SCHEMA or not len(file["costs"]),
        )


def _coverage(name: str, archs: int) -> str:
    """Return the coverage of a table; "" if its name is invalid, or its space that of a plug-in which is not loaded."""
    with suppress(BenchError):
        return coverage(SPACES.get(Truth.parse(name).space)(), archs)
    return ""


def _check_shapes(
    name: str, genes: np.ndarray, accuracy: np.ndarray, seeds: tuple[str, ...], costs: dict[str, np.ndarray]
) -> None:
    """Raise `ValueError` unless the arrays of a file are those of a table of the space in its name."""
    try:
        decisions = SPACES.get(Truth.parse(name).space)().decisions
    except BenchError as error:
        raise ValueError(str(error)) from error
    if genes.dtype != np.int8 or genes.ndim != 2 or genes.shape[1] != decisions or not len(genes):
        raise ValueError(f"genes are {genes.dtype} {genes.shape}, expected int8 [arch, {decisions}]")
    if accuracy.shape != (len(genes), len(seeds)):
        raise ValueError(f"accuracy is {accuracy.shape}, expected {(len(genes), len(seeds))} for the seeds {seeds}")
    for cost, values in costs.items():
        if values.shape != (len(genes),):
            raise ValueError(f"cost '{cost}' is {values.shape} for {len(genes):,} architectures")


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
    try:
        with open_hdf5(path) as file:
            found = read_text(file, "schema") if "schema" in file.attrs else "none"
            if found not in (SCHEMA, OLD_SCHEMA):
                raise DataError(f"{path} has schema '{found}' instead of '{SCHEMA}'; {REMEDY}")
            yield file
    except BenchError:
        raise
    except KeyError as error:
        raise DataError(f"{path} lacks a part of a table: {error}; {REMEDY}") from error
    except Exception as error:  # a damaged file raises a dozen types: OSError, RuntimeError, UnicodeDecodeError, ...
        remedy = remedy_of_reading(path, error, REMEDY)
        raise DataError(f"{path} cannot be read as a table (truncated?): {error}; {remedy}") from error
