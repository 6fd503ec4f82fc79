"""Predictions joined with a table by architecture; mismatches are counted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from jaxtyping import Int

from bench.errors import DataError, shown
from bench.scores.files.prediction_file import PredictionFile
from bench.tables.arch_cell import ARCH, parse_arch
from bench.tables.table import Table
from bench.types import Flags, Genes, Keys, PerArch


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
    places = _places(table, np.ascontiguousarray(genes, dtype=np.int8).tobytes())
    if len(places.first) < len(genes):
        _refuse_two_scores(name, genes, prediction, places, table, where)
    aligned, present = np.full(len(table.genes), np.nan), np.zeros(len(table.genes), dtype=bool)
    aligned[places.rows], present[places.rows] = prediction[places.entries], True
    return Joined(
        name=name,
        prediction=aligned,
        present=present,
        unknown=len(places.first) - len(places.rows),
        duplicates=len(genes) - len(places.first),
    )


@dataclass(frozen=True, eq=False)
class _Places:
    """Where predictions stand in a table: `entries` [known] of them in its `rows` [known].

    `first` [different] is the entry at which each architecture is first predicted, known or not, and `owner` [entry]
    says which of these each prediction is of.
    """

    first: Int[np.ndarray, "different"]
    owner: Int[np.ndarray, "entry"]
    rows: Int[np.ndarray, "known"]
    entries: Int[np.ndarray, "known"]


@lru_cache(maxsize=32)
def _places(table: Table, genes: bytes) -> _Places:
    """Return the places of architectures, whose genes are given as bytes.

    Kept, since the supernets of a report predict the same architectures; not to be written to.
    """
    archs = np.frombuffer(genes, dtype=np.int8).reshape(-1, table.space.decisions)
    _, first, owner = np.unique(table.space.keys(archs), return_index=True, return_inverse=True)
    rows, known = table.rows(archs[first])
    return _Places(first=first, owner=owner, rows=rows[known], entries=first[known])


def _refuse_two_scores(
    name: str, genes: Genes, prediction: PerArch, places: _Places, table: Table, where: Sequence[str] | None
) -> None:
    """Raise `DataError` if an architecture has two scores."""
    before = prediction[places.first][places.owner]
    same = (prediction == before) | (np.isnan(prediction) & np.isnan(before))
    if same.all():
        return
    later = int(np.flatnonzero(~same)[0])
    earlier = int(places.first[places.owner[later]])
    told = where or [f"entry {entry + 1}" for entry in range(len(genes))]
    arch = table.space.spell(tuple(genes[later].tolist()))
    raise DataError(
        f"{name}: {told[earlier]} and {told[later]} give architecture {arch} two scores, "
        f"{prediction[earlier]} and {prediction[later]}; keep one"
    )


def join_file(file: PredictionFile, table: Table) -> Joined:
    """Return the file's predictions in the table's order, named after the file.

    Raises `DataError` naming the file and location of an architecture that is not in the space, and of one that stands
    in two files of one submission.
    """
    genes = np.empty((len(file.archs), table.space.decisions), dtype=np.int8)
    for entry, arch in enumerate(file.archs):
        try:
            genes[entry] = parse_arch(arch, table.space)
        except DataError as error:
            raise DataError(f"{file.place(entry)}: {error}; is it an architecture of '{table.name}'?") from None
    _refuse_shared(file, table.space.keys(genes))
    joined = join(file.name if file.parts else str(file.path), genes, file.scores, table, file.where)
    return replace(joined, name=file.name)


def _refuse_shared(file: PredictionFile, keys: Keys) -> None:
    """Raise `DataError` if two files of one submission predict the same architecture, even with the same score."""
    part = np.repeat(np.arange(len(file.parts)), [count for _, count in file.parts])
    if len(file.parts) < 2:
        return
    _, first, owner = np.unique(keys, return_index=True, return_inverse=True)
    shared = np.flatnonzero(part != part[first][owner])
    if len(shared):
        later, earlier = int(shared[0]), int(first[owner[shared[0]]])
        raise DataError(
            f"{file.place(earlier)} and {file.place(later)} both predict {shown(file.archs[later], ARCH)}; parts of "
            f"one submission share no architecture ({len(shared):,} are in two); leave one out, or score them apart"
        )
