"""Predictions joined with a table by architecture; mismatches are counted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.errors import DataError
from bench.scores.files.prediction_file import PredictionFile
from bench.tables.table import Table
from bench.types import Flags, Genes, PerArch


@dataclass(frozen=True, kw_only=True)
class Joined:
    """One named prediction per architecture of a table, [arch], where `present`; NaN elsewhere.

    `unknown` counts predictions for architectures that the table lacks, `duplicates` repeated ones with equal scores.
    """

    name: str
    prediction: PerArch
    present: Flags
    unknown: int = 0
    duplicates: int = 0


def join(name: str, genes: Genes, prediction: PerArch, table: Table, where: Sequence[str] | None = None) -> Joined:
    """Return the predictions in the table's order; raises `DataError` if an architecture has two scores.

    `where` gives the location of each prediction for that error.
    """
    _, first, owner = np.unique(table.space.keys(genes), return_index=True, return_inverse=True)
    same = (prediction == prediction[first][owner]) | (np.isnan(prediction) & np.isnan(prediction[first][owner]))
    if not same.all():
        later = int(np.flatnonzero(~same)[0])
        earlier = int(first[owner[later]])
        places = where or [f"entry {entry + 1}" for entry in range(len(genes))]
        arch = table.space.spell(tuple(genes[later].tolist()))
        raise DataError(
            f"{name}: {places[earlier]} and {places[later]} give architecture {arch} two scores, "
            f"{prediction[earlier]} and {prediction[later]}; keep one"
        )
    rows, found = table.rows(genes[first])
    aligned, present = np.full(len(table.genes), np.nan), np.zeros(len(table.genes), dtype=bool)
    aligned[rows[found]], present[rows[found]] = prediction[first][found], True
    return Joined(
        name=name,
        prediction=aligned,
        present=present,
        unknown=int(np.count_nonzero(~found)),
        duplicates=len(genes) - len(first),
    )


def join_file(file: PredictionFile, table: Table) -> Joined:
    """Return the file's predictions in the table's order, named after the file.

    Raises `DataError` naming the file and location of an architecture that is not in the space.
    """
    genes = np.empty((len(file.archs), table.space.decisions), dtype=np.int8)
    for entry, arch in enumerate(file.archs):
        try:
            genes[entry] = table.space.parse(arch)
        except DataError as error:
            place = f"{file.path}, {file.where[entry]}"
            raise DataError(f"{place}: {error}; is it an architecture of '{table.name}'?") from None
    joined = join(str(file.path), genes, file.scores, table, file.where)
    return Joined(**{**vars(joined), "name": file.path.stem})
