"""A table file of this project, as `table build` or another data folder has it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from bench.errors import DataError
from bench.tables.check import FileRows, checked_table, space_of
from bench.tables.readers import Reader
from bench.tables.store import read_table
from bench.tables.table import Table
from bench.tables.text_file import ending

HDF5 = b"\x89HDF\r\n\x1a\n"
"""The first bytes of every HDF5 file."""


@dataclass(frozen=True, kw_only=True)
class StoredTable(Reader):
    """The table under the name that it has, or under another one of the same space that the caller chose."""

    form: ClassVar[str] = "a table that 'table build' wrote (.h5), under its own name or that of --name"
    names_itself: ClassVar[bool] = False

    def recognizes(self, path: Path) -> bool:
        if ending(path) not in (".h5", ".hdf5") or not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(len(HDF5)) == HDF5

    def read(self, path: Path) -> list[Table]:
        table = read_table(path)
        space = space_of(table.name)
        if self.name is not None and space_of(self.name).slot_name() != space.slot_name():
            raise DataError(
                f"{path} holds a table of space '{space.slot_name()}', --name {self.name} is one of another space; "
                "leave out --name, or name a table of the same space"
            )
        if table.genes.ndim != 2 or table.genes.shape[1] != space.decisions or not space.contains(table.genes).all():
            raise DataError(f"{path} holds architectures that space '{space.slot_name()}' has not; build it again")
        rows = FileRows(
            path=path,
            keys=[f"row {row}" for row in range(len(table.genes))],
            archs=space.spell_all(table.genes),
            accuracy=table.accuracy,
            seeds=table.seeds,
            costs=table.costs,
        )
        checked = checked_table(rows, self.name or table.name, source=table.source, citation=table.citation)
        return [replace(checked, source_sha256=table.source_sha256, merged=table.merged)]
