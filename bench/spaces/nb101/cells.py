"""All 423,624 cells of NAS-Bench-101, one labelled graph for each class of isomorphic ones.

The benchmark tries every adjacency matrix with every operation on its vertices, 5 x 10^8 in all, and trains the first
of each class. Here matrices are reduced to one per class first, and operations are compared only under the relabellings
that leave the matrix as it is.
"""

import itertools
from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Int64, UInt32

from bench.spaces.lookup import places_in
from bench.spaces.nb101.graphs import (
    EDGE_GENES,
    EDGES,
    MOST_EDGES,
    OPERATION_GENES,
    OPERATIONS,
    OUTPUT,
    SHIFTS,
    VERTICES,
    Codes,
    codes_of,
    edges_of,
    genes_of,
    operations_of,
    vertices_of,
)
from bench.types import Genes

Matrices = UInt32[np.ndarray, "matrix"]
"""Adjacency matrices as the benchmark numbers them: bit x + y(y-1)/2 is the edge from x to y."""
KINDS = len(OPERATIONS)


@dataclass(frozen=True, eq=False)
class Cells:
    """The numbers of cells, sorted, and how many labelled graphs are isomorphic to each."""

    codes: Codes
    graphs: Codes

    def having(self, kept: np.ndarray) -> "Cells":
        """Return the cells at the places where `kept` is True."""
        return Cells(self.codes[kept], self.graphs[kept])

    def __contains__(self, code: int) -> bool:
        place = int(self.codes.searchsorted(code))
        return place < len(self.codes) and int(self.codes[place]) == code

    def hold(self, codes: Codes) -> np.ndarray:
        """Return which numbers are those of cells."""
        return places_in(self.codes, codes)[1]


@cache
def every_cell() -> Cells:
    """Return all cells; takes half a second, once per process."""
    found = [_cells(vertices) for vertices in range(2, VERTICES + 1)]
    codes, graphs = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.argsort(codes)
    return Cells(codes[order], graphs[order])


def first_of_class(genes: Genes) -> Genes:
    """Return, for well-formed graphs, the isomorphic one that the benchmark finds first."""
    codes, found = codes_of(genes), genes.copy()
    others = np.flatnonzero(~every_cell().hold(codes))
    vertices = vertices_of(operations_of(genes[others]))
    for count in np.unique(vertices):
        rows = others[vertices == count]
        found[rows] = _first(genes[rows], int(count))
    return found


def _bits(vertices: int) -> dict[tuple[int, int], int]:
    return {(x, y): x + y * (y - 1) // 2 for y in range(1, vertices) for x in range(y)}


def _relabellings(vertices: int) -> list[tuple[int, ...]]:
    """Return the new number of every vertex under each permutation of the interior ones."""
    return [(0, *inner, vertices - 1) for inner in itertools.permutations(range(1, vertices - 1))]


def _relabelled(matrices: Matrices, vertices: int, new: tuple[int, ...]) -> tuple[Matrices, np.ndarray]:
    """Return the relabelled matrices, and which of them have only forward edges."""
    bits = _bits(vertices)
    moved, backward = np.zeros_like(matrices), 0
    for (x, y), bit in bits.items():
        if new[x] < new[y]:
            moved |= ((matrices >> np.uint32(bit)) & np.uint32(1)) << np.uint32(bits[new[x], new[y]])
        else:
            backward |= 1 << bit
    return moved, (matrices & np.uint32(backward)) == 0


def labellings(vertices: int) -> Int64[np.ndarray, "label vertex"]:
    """Return every way to put operations on the interior vertices, 0 to 2 each, in the benchmark's order."""
    count = vertices - 2
    places = KINDS ** np.arange(count - 1, -1, -1, dtype=np.int64)
    return np.arange(KINDS**count, dtype=np.int64)[:, None] // places % KINDS


def _numbers(labels: np.ndarray, new: tuple[int, ...]) -> np.ndarray:
    """Return the place, in `labellings`, of each row of labels after relabelling its vertices."""
    count = len(new) - 2
    moved = np.zeros(len(labels), dtype=np.int64)
    for vertex in range(1, count + 1):
        moved += labels[:, vertex - 1].astype(np.int64) * KINDS ** (count - new[vertex])
    return moved


def _whole_matrices(vertices: int) -> Matrices:
    """Return the matrices of at most nine edges in which every vertex is on a path from the input to the output."""
    bits = _bits(vertices)
    every = np.arange(2 ** len(bits), dtype=np.uint32)
    kept = np.bitwise_count(every) <= MOST_EDGES
    for vertex in range(vertices):
        into = sum(1 << bit for (_, y), bit in bits.items() if y == vertex)
        out_of = sum(1 << bit for (x, _), bit in bits.items() if x == vertex)
        kept &= (vertex == 0) | ((every & np.uint32(into)) != 0)
        kept &= (vertex == vertices - 1) | ((every & np.uint32(out_of)) != 0)
    return every[kept]


def _cells(vertices: int) -> tuple[Codes, Codes]:
    """Return the numbers of the cells with so many vertices, and how many labelled graphs each stands for."""
    matrices = _whole_matrices(vertices)
    relabellings = _relabellings(vertices)
    smallest = np.ones(len(matrices), dtype=bool)
    for new in relabellings:
        moved, forward = _relabelled(matrices, vertices, new)
        smallest &= ~forward | (moved >= matrices)
    matrices = matrices[smallest]
    labels = labellings(vertices)
    number = np.arange(len(labels))
    first = np.ones((len(matrices), len(labels)), dtype=bool)
    orders, symmetries = np.zeros(len(matrices), dtype=np.int64), np.zeros(first.shape, dtype=np.int64)
    for new in relabellings:
        moved, forward = _relabelled(matrices, vertices, new)
        orders += forward
        same, renumbered = np.flatnonzero(forward & (moved == matrices)), _numbers(labels, new)
        first[same] &= number <= renumbered
        symmetries[same] += number == renumbered
    rows, columns = np.nonzero(first)
    return labelled_codes(matrices[rows], labels[columns], vertices), orders[rows] // symmetries[rows, columns]


def labelled_codes(matrices: Matrices, labels: np.ndarray, vertices: int) -> Codes:
    """Return the numbers of cells; the last vertex becomes the output, whatever their number of vertices."""
    codes = np.zeros(len(matrices), dtype=np.int64)
    bits = _bits(vertices)
    for gene, (source, target) in zip(EDGE_GENES, EDGES, strict=True):
        own = vertices - 1 if target == OUTPUT else target
        if source < own < vertices and (target == OUTPUT or own < vertices - 1):
            codes += ((matrices >> np.uint32(bits[source, own])) & np.uint32(1)).astype(np.int64) << SHIFTS[gene]
    for vertex in range(1, vertices - 1):
        codes += (labels[:, vertex - 1] + 1) << SHIFTS[OPERATION_GENES[vertex - 1]]
    return codes


def _first(genes: Genes, vertices: int) -> Genes:
    """Return the first isomorphic graph of each, all of them with so many vertices."""
    edges, labels = edges_of(genes), operations_of(genes)[:, : vertices - 2] - 1
    matrices = np.zeros(len(genes), dtype=np.uint32)
    for (x, y), bit in _bits(vertices).items():
        matrices |= edges[:, x, OUTPUT if y == vertices - 1 else y].astype(np.uint32) << np.uint32(bit)
    found = np.full(len(genes), np.iinfo(np.int64).max)
    kinds = KINDS ** (vertices - 2)
    for new in _relabellings(vertices):
        moved, forward = _relabelled(matrices, vertices, new)
        numbers = moved.astype(np.int64) * kinds + _numbers(labels, new)
        found = np.where(forward & (numbers < found), numbers, found)
    first = labelled_codes((found // kinds).astype(np.uint32), labellings(vertices)[found % kinds], vertices)
    return genes_of(first)
