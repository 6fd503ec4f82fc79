"""The string of a NAS-Bench-101 cell: '0110/0001/0001/0000:conv3x3+conv1x1'.

Its parts are those of the benchmark's records: rows of the adjacency matrix, and operations in the order of vertices.
"""

from functools import lru_cache

import numpy as np

from bench.errors import DataError
from bench.spaces.nb101.graphs import (
    MOST_EDGES,
    OPERATION_GENES,
    OPERATIONS,
    OUTPUT,
    PLACES,
    SHIFTS,
    VERTICES,
    codes_of,
    edges_of,
    operations_of,
    vertices_of,
)
from bench.types import Arch, Genes

ENDS = ("input", "output")
SUFFIX = "-bn-relu"
"""The benchmark's own names of convolutions end so; it may be left out."""
OPERATION_BITS = sum(3 << int(SHIFTS[place]) for place in OPERATION_GENES)
EXAMPLE = "0110/0001/0001/0000:conv3x3+conv1x1"


def parsed(text: str) -> tuple[Arch, int]:
    """Return the genes of a graph and their number; raises `DataError` naming what is wrong.

    >>> parsed("01/00:")[1] == 1 << int(SHIFTS[0])
    True
    """
    rows, colon, names = text.strip().partition(":")
    if not colon:
        raise DataError(
            f"'{text}' has no ':'; expected the rows of the adjacency matrix joined by '/', then ':', then the "
            f"operations joined by '+', such as '{EXAMPLE}'"
        )
    try:
        edges, edges_code, vertices = _matrix(rows)
        operations, operations_code = _operations(names, vertices)
    except DataError as error:
        raise DataError(f"'{text}': {error}") from None
    genes = list(edges)
    for place, operation in zip(OPERATION_GENES, operations, strict=False):
        genes[place] = operation
    return tuple(genes), edges_code + operations_code


@lru_cache(maxsize=10_000)
def _matrix(text: str) -> tuple[Arch, int, int]:
    """Return the genes of the edges, the rest of them 0, their number, and the number of vertices."""
    rows = text.split("/")
    vertices = len(rows)
    if not 2 <= vertices <= VERTICES:
        raise DataError(f"{vertices} rows of an adjacency matrix; allowed: 2 to {VERTICES} vertices")
    for vertex, row in enumerate(rows):
        if len(row) != vertices or set(row) - {"0", "1"}:
            raise DataError(f"row {vertex} of the matrix is '{row}'; expected {vertices} digits, 0 or 1")
        if "1" in row[: vertex + 1]:
            raise DataError(
                f"edge {vertex}->{row.index('1')} does not go forward, so this may be no directed acyclic graph; "
                "number the vertices so that every edge goes to a larger number"
            )
    count = sum(row.count("1") for row in rows)
    if count > MOST_EDGES:
        raise DataError(f"{count} edges; allowed: at most {MOST_EDGES}")
    for vertex in range(vertices):
        reached = vertex == 0 or any(row[vertex] == "1" for row in rows)
        if not reached or (vertex < vertices - 1 and "1" not in rows[vertex]):
            raise DataError(
                f"vertex {vertex} is on no path from the input to the output; remove it, as the benchmark does"
            )
    edges = {
        (x, OUTPUT if y == vertices - 1 else y) for x in range(vertices) for y in range(vertices) if rows[x][y] == "1"
    }
    genes = tuple(int(place in edges) for place in PLACES)
    return genes, sum(gene << int(shift) for gene, shift in zip(genes, SHIFTS, strict=True)), vertices


@lru_cache(maxsize=10_000)
def _operations(text: str, vertices: int) -> tuple[Arch, int]:
    """Return the operation genes of the interior vertices, and their number."""
    names = text.split("+") if text else []
    if names[:1] == [ENDS[0]] and names[-1:] == [ENDS[1]]:
        names = names[1:-1]
    if len(names) != vertices - 2:
        raise DataError(
            f"{len(names)} operations for {vertices} vertices; expected {vertices - 2}, one for each vertex between "
            "input and output"
        )
    genes = []
    for name in names:
        if (short := name.removesuffix(SUFFIX)) not in OPERATIONS:
            raise DataError(f"unknown operation '{name}'; allowed: {', '.join(OPERATIONS)}")
        genes.append(1 + OPERATIONS.index(short))
    code = sum(gene << int(SHIFTS[place]) for place, gene in zip(OPERATION_GENES, genes, strict=False))
    return tuple(genes), code


def spelled(genes: Genes) -> list[str]:
    """Return the string of each cell; every matrix and every list of operations is written once."""
    codes, operations = codes_of(genes), operations_of(genes)
    _, matrix_rows, matrix = np.unique(codes & ~OPERATION_BITS, return_index=True, return_inverse=True)
    _, name_rows, names = np.unique(codes & OPERATION_BITS, return_index=True, return_inverse=True)
    edges, vertices = edges_of(genes[matrix_rows]), vertices_of(operations[matrix_rows])
    matrices = [_rows(own, count) for own, count in zip(edges, vertices.tolist(), strict=True)]
    lists = ["+".join(OPERATIONS[gene - 1] for gene in row if gene) for row in operations[name_rows].tolist()]
    return [f"{matrices[m]}:{lists[n]}" for m, n in zip(matrix.tolist(), names.tolist(), strict=True)]


def _rows(edges: np.ndarray, vertices: int) -> str:
    kept = [*range(vertices - 1), OUTPUT]
    return "/".join("".join("1" if edge else "0" for edge in row) for row in edges[kept][:, kept])
