"""The cells of files in NAS-Bench-101's manner: their strings, and their hashes compared with their graphs."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.errors import DataError, shown
from bench.spaces.nb101 import NB101
from bench.spaces.nb101.fingerprint import fingerprints
from bench.spaces.nb101.graphs import OPERATIONS, edges_of, operations_of
from bench.tables.arch_cell import parse_arch
from bench.tables.table import coverage


def from_triangle(triangle: str, operations: str, vertices: str) -> str:
    """Return the string of a cell given by its upper triangle, row by row, and a digit per interior vertex.

    What cannot be one is returned so that the space refuses it.

    >>> from_triangle("110011", "01", "4")
    '0110/0001/0001/0000:conv3x3+conv1x1'
    """
    if not re.fullmatch("[0-9]{1,2}", vertices) or int(vertices) < 2:
        return f"{shown(vertices)} vertices"
    count, rest = int(vertices), triangle
    rows = []
    for vertex in range(count):
        own, rest = rest[: count - 1 - vertex], rest[count - 1 - vertex :]
        rows.append("0" * (vertex + 1) + own)
    rows[-1] += rest  # digits that are left over make the last row too long
    names = [OPERATIONS[int(digit)] if digit in ("0", "1", "2") else digit for digit in operations]
    return "/".join(rows) + ":" + "+".join(names)


def check_hashes(path: Path, keys: Sequence[str], archs: Sequence[str], hashes: Sequence[str]) -> None:
    """Raise `DataError` naming the first row that is no cell, or whose hash is not that of its graph."""
    space = NB101()
    genes = np.empty((len(archs), space.decisions), dtype=np.int8)
    for row, arch in enumerate(archs):
        try:
            genes[row] = parse_arch(arch, space)
        except DataError as error:
            raise DataError(f"{path}, {keys[row]}: {error}; correct the architecture") from None
    for row, actual in enumerate(fingerprints(edges_of(genes), operations_of(genes))):
        if hashes[row] != actual:
            raise DataError(
                f"{path}, {keys[row]}: the hash '{shown(hashes[row])}' is not that of its graph {archs[row]}, which is "
                f"{actual}; copy the file again"
            )


def covered(archs: int) -> str:
    """Return the end of a table's name that says its coverage of the space."""
    text = coverage(NB101(), archs)
    return "@" + text.replace(",", "").replace(" ", "-") if text else ""
