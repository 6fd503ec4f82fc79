"""From the rows of a file to a table; every row is checked, and errors name file, row, value and remedy."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from bench.errors import DataError, shown
from bench.spaces import SPACES, Space
from bench.tables.arch_cell import ARCH, parse_arch
from bench.tables.table import Table
from bench.tables.units import check_units
from bench.truth import Truth
from bench.types import Genes

LONGEST_SEED = 40
SEED = re.compile(rf"[\w.-]{{1,{LONGEST_SEED}}}")
"""The name of a training seed."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FileRows:
    """The rows that a reader found in `path`, in the file's order.

    `keys` gives the location of each row ("line 17"), for errors. `accuracy` is in percent, higher is better,
    NaN where a seed is absent. `costs` are per row. `in_percent` says that the unit is certain, from the format or from
    the caller; else accuracies that look like fractions are refused.
    """

    path: Path
    keys: Sequence[str]
    archs: Sequence[Any]
    accuracy: Float[np.ndarray, "row seed"]
    seeds: tuple[str, ...]
    costs: dict[str, Float[np.ndarray, "row"]] = field(default_factory=dict)
    in_percent: bool = False


def checked_table(rows: FileRows, name: str, *, source: str, citation: str = "", source_sha256: str = "") -> Table:
    """Return the table of checked rows, sorted by genes.

    Rows that repeat an architecture with the same accuracies are merged and counted in `Table.merged`.
    Raises `DataError` for any other defect.
    """
    space = space_of(name)
    if len(rows.archs) == 0:
        raise DataError(f"{rows.path} holds no architecture; a table needs at least one row")
    _check_seeds(rows)
    genes = _genes(rows, space)
    _check_accuracy(rows)
    keys = space.keys(genes)
    order = np.argsort(keys, kind="stable")
    repeated = np.append(False, keys[order][1:] == keys[order][:-1])
    _check_repeated(rows, order, repeated)
    if not rows.in_percent:
        check_units(rows.accuracy, rows.path, rows.keys, rows.seeds)
    kept = order[~repeated]
    return Table(
        name=name,
        genes=genes[kept],
        accuracy=rows.accuracy[kept].astype(np.float32),
        seeds=rows.seeds,
        costs={cost: values[kept].astype(np.float64) for cost, values in rows.costs.items()},
        source=source,
        citation=citation,
        source_sha256=source_sha256,
        merged=int(repeated.sum()),
    )


def space_of(name: str) -> Space:
    """Return the space in the name of a table; raises `DataError` if the name is invalid.

    >>> space_of("macro/cifar10/test/50ep").size
    6561
    """
    return SPACES.get(Truth.parse(name).space)()


def _check_seeds(rows: FileRows) -> None:
    """Raise `DataError` for a name of a seed that a stored table, which joins them by commas, could not give back."""
    for seed in rows.seeds:
        if not SEED.fullmatch(seed):
            raise DataError(
                f"{rows.path} names a seed '{shown(seed)}'; allowed: letters, digits, '_', '.' and '-', at most "
                f"{LONGEST_SEED} characters; rename the column"
            )


def _genes(rows: FileRows, space: Space) -> Genes:
    genes = np.empty((len(rows.archs), space.decisions), dtype=np.int8)
    for index, arch in enumerate(rows.archs):
        try:
            genes[index] = parse_arch(arch, space)
        except DataError as error:
            raise DataError(f"{rows.path}, {rows.keys[index]}: {error}; correct the architecture") from None
    invalid = np.flatnonzero(~space.contains(genes))
    if len(invalid):
        raise DataError(
            f"{rows.path}, {rows.keys[invalid[0]]}: '{shown(rows.archs[invalid[0]], ARCH)}' is not a valid "
            f"architecture of space '{space.slot_name()}'; delete the row, or correct the architecture"
        )
    return genes


def _check_accuracy(rows: FileRows) -> None:
    accuracy = rows.accuracy
    absent = np.isnan(accuracy)
    outside = ~absent & ~((accuracy >= 0) & (accuracy <= 100))
    if outside.any():
        row, seed = np.argwhere(outside)[0]
        raise DataError(
            f"{rows.path}, {rows.keys[row]}: accuracy {accuracy[row, seed]:.10g} of seed {rows.seeds[seed]} "
            "is outside 0..100 percent; correct the value"
        )
    if absent.all(axis=1).any():
        row = int(absent.all(axis=1).argmax())
        raise DataError(
            f"{rows.path}, {rows.keys[row]}: no accuracy (NaN for every seed); give a value or remove the row"
        )


def _check_repeated(rows: FileRows, order: np.ndarray, repeated: np.ndarray) -> None:
    before, after = order[:-1], order[1:]
    same = np.isclose(rows.accuracy[before], rows.accuracy[after], rtol=0, atol=0, equal_nan=True).all(axis=1)
    clashes = np.flatnonzero(repeated[1:] & ~same)
    if len(clashes):
        first, second = before[clashes[0]], after[clashes[0]]
        raise DataError(
            f"{rows.path}, {rows.keys[second]}: architecture '{shown(rows.archs[second], ARCH)}' has accuracy "
            f"{_spell(rows.accuracy[second])}, but {rows.keys[first]} gives it {_spell(rows.accuracy[first])}; "
            "keep one of the two rows"
        )


def _spell(accuracies: np.ndarray) -> str:
    return " / ".join(f"{value:g}" for value in accuracies)
