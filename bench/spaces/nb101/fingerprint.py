"""The benchmark's hash of a cell, which is equal for isomorphic graphs.

Source: the code of NAS-Bench-101 (graph_util.py, hash_module): every vertex starts with the md5 of its degrees and its
label, and takes, as many times as there are vertices, the md5 of its neighbours' values and its own.
"""

import hashlib
from itertools import compress

import numpy as np
from jaxtyping import Int

from bench.spaces.nb101.graphs import OUTPUT, VERTICES, Edges, Operations, vertices_of

INPUT_LABEL, OUTPUT_LABEL = -1, -2
_RANDOM = np.random.default_rng(101)  # mixes value numbers; equal sums of different sets are as good as impossible


def fingerprints(edges: Edges, operations: Operations) -> list[str]:
    """Return the hash of each cell, 32 hexadecimal digits.

    All cells go through a round together, in which every distinct combination of values is hashed once.
    """
    found = np.empty(len(edges), dtype="U32")
    counts = vertices_of(operations)
    for vertices in np.unique(counts):
        rows = np.flatnonzero(counts == vertices)
        kept = [*range(int(vertices) - 1), OUTPUT]
        labels = np.full((len(rows), len(kept)), INPUT_LABEL)
        labels[:, 1:-1] = operations[rows][:, : vertices - 2] - 1
        labels[:, -1] = OUTPUT_LABEL
        found[rows] = _hashed(edges[rows][:, kept][:, :, kept], labels)
    return [str(each) for each in found]


def _hashed(edges: np.ndarray, labels: Int[np.ndarray, "arch vertex"]) -> list[str]:
    out_degree, in_degree = edges.sum(axis=2), edges.sum(axis=1)
    own = np.stack([out_degree, in_degree, labels], axis=2)
    start = ((out_degree * VERTICES + in_degree) * VERTICES + labels - OUTPUT_LABEL).astype(np.uint64)
    rows, vertices, values = _numbered(start)
    names = [_md5(str(tuple(each))) for each in own[rows, vertices].tolist()]
    for _ in range(labels.shape[1]):
        as_source, as_target, as_own = _RANDOM.integers(2**64, size=(3, len(names)), dtype=np.uint64)
        mixed = as_own[values]
        mixed = mixed + np.where(edges, as_source[values][:, :, None], 0).sum(axis=1, dtype=np.uint64)
        mixed = mixed + np.where(edges, as_target[values][:, None, :], 0).sum(axis=2, dtype=np.uint64)
        before, known = values, names
        rows, vertices, values = _numbered(mixed)
        names = [
            _updated(known, numbers, into, out_of, vertex)
            for numbers, into, out_of, vertex in zip(
                before[rows].tolist(),
                edges[rows, :, vertices].tolist(),
                edges[rows, vertices].tolist(),
                vertices.tolist(),
                strict=True,
            )
        ]
    return [_md5(str(sorted([names[value] for value in row]))) for row in values.tolist()]


def _updated(names: list[str], numbers: list[int], into: list[bool], out_of: list[bool], vertex: int) -> str:
    """Return the next value of a vertex from the numbers of all values of its cell."""
    before = sorted([names[number] for number in compress(numbers, into)])
    after = sorted([names[number] for number in compress(numbers, out_of)])
    return _md5(f"{''.join(before)}|{''.join(after)}|{names[numbers[vertex]]}")


def _numbered(signatures: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a place, row and vertex, of every distinct signature, and the number of each vertex's signature."""
    _, places, values = np.unique(signatures, return_index=True, return_inverse=True)
    rows, vertices = np.unravel_index(places, signatures.shape)
    return rows, vertices, values.reshape(signatures.shape)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
