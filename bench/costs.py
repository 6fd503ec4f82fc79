"""Costs of architectures by name: those that their space computes, and the columns of cost tables that a user added.

A cost table holds no accuracies, so that a search may read it. It is stored as `costs/<space>/<name>.h5` beside the
tables.
"""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from bench.errors import DataError, unknown_name
from bench.files import make_folder, remedy_of_reading, write_new
from bench.spaces import Space
from bench.spaces.lookup import places_in
from bench.types import Genes, PerArch
from bench.untrusted.hdf5 import open_hdf5, read_array, read_text, read_texts

SCHEMA = "supernet-bench costs 1"
REMEDY = "remove it and add its source again with 'supernet-bench data add FILE --costs SPACE'"


@dataclass(frozen=True, kw_only=True, eq=False)
class CostTable:
    """Costs of a space's architectures, one column per cost, [arch], NaN where unknown; sorted by genes."""

    name: str
    space: str
    genes: Genes
    columns: dict[str, PerArch]
    source: str
    source_sha256: str

    @cached_property
    def sha256(self) -> str:
        """Return the digest of name, space, genes and columns."""
        digest = hashlib.sha256(f"{self.name}\n{self.space}\n{','.join(self.columns)}\n".encode())
        digest.update(np.ascontiguousarray(self.genes, dtype=np.int8).tobytes())
        for values in self.columns.values():
            digest.update(np.ascontiguousarray(values, dtype=np.float64).tobytes())
        return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class Costs:
    """Every cost of a space's architectures by name.

    A column of a cost table is called by its own name, or by `table/column` where two tables have it.
    """

    space: Space
    tables: tuple[CostTable, ...] = ()

    @cached_property
    def computed(self) -> list[str]:
        """Return the costs that the space computes."""
        return list(self.space.costs(self.space.extremes()))

    @property
    def names(self) -> list[str]:
        """Return every cost: those that the space computes, then the columns of the cost tables."""
        return [*self.computed, *(f"{table.name}/{column}" for table in self.tables for column in table.columns)]

    def of(self, name: str, genes: Genes) -> PerArch:
        """Return a cost of each architecture [arch].

        Raises `UnknownName` for an unknown cost, and `DataError` where a cost table lacks an architecture.
        """
        if name in self.computed:
            return np.asarray(self.space.costs(genes)[name], dtype=np.float64)
        table, column = self._column(name)
        rows, found = self._rows(table, genes)
        values = np.where(found, table.columns[column][rows], np.nan)
        if (unknown := np.isnan(values)).any():
            arch = self.space.spell(tuple(int(gene) for gene in genes[np.flatnonzero(unknown)[0]]))
            raise DataError(
                f"cost table '{table.name}' has no {column} for architecture {arch} ({np.count_nonzero(unknown):,} of "
                f"{len(genes):,} are missing); add a table that covers the space, or use another cost"
            )
        return values

    def sha256(self, name: str) -> str | None:
        """Return the digest of the table that a cost comes from; None if the space computes it."""
        return None if name in self.computed else self._column(name)[0].sha256

    def _column(self, name: str) -> tuple[CostTable, str]:
        found = [
            (table, column)
            for table in self.tables
            for column in table.columns
            if name in (column, f"{table.name}/{column}")
        ]
        if not found:
            known = [*self.computed, *(column for table in self.tables for column in table.columns)]
            raise unknown_name(
                "cost", name, known, f"'supernet-bench data add FILE --costs {self.space.slot_name()}' adds your own"
            )
        if len(found) > 1:
            places = ", ".join(f"{table.name}/{column}" for table, column in found)
            raise DataError(f"cost '{name}' is in {len(found)} tables; name one of {places}")
        return found[0]

    def _rows(self, table: CostTable, genes: Genes) -> tuple[np.ndarray, np.ndarray]:
        return places_in(self.space.keys(table.genes), self.space.keys(genes))


def open_costs(space: Space, data: Path, needed: Sequence[str] = (), more: Sequence[CostTable] = ()) -> Costs:
    """Return the costs of a space, with all its cost tables and `more` if `needed` names a cost that it cannot compute.

    Raises `UnknownName` for a cost that nothing knows, and `DataError` for a damaged table.
    """
    without = Costs(space)
    if set(needed) <= set(without.computed):
        return without
    folder = data / "costs" / space.slot_name()
    found = Costs(space, (*more, *(read_costs(path) for path in sorted(folder.glob("*.h5")))))
    for name in needed:
        found.sha256(name)
    return found


def costs_path(name: str, space: str, data: Path) -> Path:
    """Return the path of a cost table."""
    return data / "costs" / space / f"{name}.h5"


def cost_paths(data: Path) -> list[Path]:
    """Return the files of every stored cost table."""
    return sorted((data / "costs").glob("*/*.h5"))


def write_costs(table: CostTable, path: Path) -> bool:
    """Store a cost table, unless the name is taken: return False then, and change nothing; the write is atomic."""
    import h5py

    make_folder(path.parent)
    buffer = io.BytesIO()  # HDF5 itself crashes on a full disk
    with h5py.File(buffer, "w") as file:
        file.attrs.update(
            schema=SCHEMA,
            name=table.name,
            space=table.space,
            columns=list(table.columns),
            source=table.source,
            source_sha256=table.source_sha256,
            sha256=table.sha256,
        )
        file.create_dataset("genes", data=table.genes, compression="gzip", shuffle=True)
        values = np.stack(list(table.columns.values()), axis=1).astype(np.float64)
        file.create_dataset("costs", data=values, compression="gzip", shuffle=True)
    return write_new(
        path, buffer.getvalue(), remedy="free some space or name another folder with --data, and run again"
    )


def read_costs(path: Path) -> CostTable:
    """Return a stored cost table; raises `DataError` if it is truncated, foreign or changed."""
    try:
        with open_hdf5(path) as file:
            if (schema := read_text(file, "schema") if "schema" in file.attrs else "none") != SCHEMA:
                raise DataError(f"{path} has schema '{schema}' instead of '{SCHEMA}'; {REMEDY}")
            names, genes = read_texts(file, "columns"), read_array(file, "genes", "i")
            values = read_array(file, "costs")
            if genes.ndim != 2 or genes.dtype != np.int8 or values.shape != (len(genes), len(names)):
                raise ValueError(f"{len(names)} costs of shape {values.shape} for genes of shape {genes.shape}")
            table = CostTable(
                name=read_text(file, "name"),
                space=read_text(file, "space"),
                genes=genes,
                columns={name: values[:, place] for place, name in enumerate(names)},
                source=read_text(file, "source"),
                source_sha256=read_text(file, "source_sha256"),
            )
            recorded = read_text(file, "sha256")
    except DataError:
        raise
    except Exception as error:  # a damaged file raises a dozen types: OSError, KeyError, RuntimeError, ...
        remedy = remedy_of_reading(path, error, REMEDY)
        raise DataError(f"{path} cannot be read as a cost table (truncated?): {error}; {remedy}") from error
    if table.sha256 != recorded:
        raise DataError(f"{path} was changed: its content has sha256 {table.sha256}, it records {recorded}; {REMEDY}")
    return table
