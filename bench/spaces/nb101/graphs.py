"""The genes of a NAS-Bench-101 cell as a graph: adjacency, operations, and one whole number per cell."""

import numpy as np
from jaxtyping import Bool, Int, Int64

from bench.types import Flags, Genes

OPERATIONS = ("conv3x3", "conv1x1", "maxpool3x3")
"""In the benchmark's order; gene k of an operation stands for OPERATIONS[k-1], gene 0 for an unused vertex."""
UNUSED, CONV_3X3, CONV_1X1, MAX_POOL = range(4)
VERTICES, MOST_EDGES = 7, 9
INPUT, OUTPUT = 0, VERTICES - 1
INTERIOR = tuple(range(1, OUTPUT))

_INTO = (OUTPUT, *INTERIOR)
"""Genes are in this order of target vertices: the widths of a cell depend most on the edges into its output."""
EDGES = tuple((source, target) for target in _INTO for source in range(target))
"""(source, target) of every edge gene, in the order of the genes."""
_BY_VERTEX: list[tuple[int, int] | int] = [(source, OUTPUT) for source in range(OUTPUT)]
for _vertex in INTERIOR:
    _BY_VERTEX += [*((source, _vertex) for source in range(_vertex)), _vertex]
PLACES = tuple(_BY_VERTEX)
"""Of each gene its edge or the vertex whose operation it is: edges into the output, then each vertex with its edges."""
EDGE_GENES = tuple(PLACES.index(edge) for edge in EDGES)
OPERATION_GENES = tuple(PLACES.index(vertex) for vertex in INTERIOR)
BITS = tuple(2 if isinstance(place, int) else 1 for place in PLACES)
SHIFTS = np.cumsum([0, *BITS[:0:-1]])[::-1].astype(np.int64)
"""The lowest bit of each gene in the number of a cell, in which the first gene counts most."""

Codes = Int64[np.ndarray, "arch"]
"""Cells as whole numbers, which sort as their genes do."""
Edges = Bool[np.ndarray, "arch vertex vertex"]
"""Whether there is an edge from the first vertex to the second; an unused vertex has none."""
Operations = Int[np.ndarray, "arch interior"]
"""The operation gene of each interior vertex."""


def edges_of(genes: Genes) -> Edges:
    """Return the adjacency of cells."""
    edges = np.zeros((len(genes), VERTICES, VERTICES), dtype=bool)
    for gene, (source, target) in zip(EDGE_GENES, EDGES, strict=True):
        edges[:, source, target] = genes[:, gene] == 1
    return edges


def operations_of(genes: Genes) -> Operations:
    """Return the operation genes of cells, [arch, interior vertex]."""
    return genes[:, OPERATION_GENES].astype(np.int64)


def vertices_of(operations: Operations) -> Int[np.ndarray, "arch"]:
    """Return the number of vertices of each cell, input and output included."""
    return 2 + (operations != UNUSED).sum(axis=1)


def codes_of(genes: Genes) -> Codes:
    """Return the number of each cell."""
    return (genes.astype(np.int64) << SHIFTS).sum(axis=1)


def genes_of(codes: Codes) -> Genes:
    """Return the genes of each number."""
    masks = (1 << np.array(BITS)) - 1
    return ((codes[:, None] >> SHIFTS) & masks).astype(np.int8)


def well_formed(genes: Genes) -> Flags:
    """Return which genes are a graph of the benchmark.

    It has at most nine edges, its used vertices come first, and each of them is on a path from the input to the
    output; an unused vertex has neither edges nor an operation.
    """
    edges, operations = edges_of(genes), operations_of(genes)
    used = np.ones((len(genes), VERTICES), dtype=bool)
    used[:, 1:OUTPUT] = operations != UNUSED
    into, out_of = (np.asarray(edges.any(axis=axis)) for axis in (1, 2))
    few: Flags = np.asarray(edges.sum(axis=(1, 2)) <= MOST_EDGES)
    fine = few & (used[:, 1:-2] >= used[:, 2:-1]).all(axis=1)
    # every vertex with an edge into it, in a graph whose edges go forward, is reached from the input
    fine &= (into[:, 1:] == used[:, 1:]).all(axis=1) & (out_of[:, :-1] == used[:, :-1]).all(axis=1)
    return fine
