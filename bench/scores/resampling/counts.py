"""Bootstrap resamples, as the number of times that each draws each architecture."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from jaxtyping import Float, Int

from bench.rng import stream
from bench.types import Functions, PerArch

Counts = Int[np.ndarray, "resample arch"]

CHUNK = 3_000_000
"""Largest number of counts held at once; bounds the memory of a bootstrap to about 500 MB."""
KEPT = 8
"""How many sets of resamples are kept, if they are one chunk, since the rows of a report share a few."""
Drawn = Float[np.ndarray, "arch resample"]


def bootstrap_counts(archs: int, resamples: int, seed: int = 0, functions: Functions | None = None) -> Iterator[Counts]:
    """Yield `resamples` bootstrap resamples, each of `archs` draws with replacement, in chunks.

    Architectures of one function [arch] are drawn together, function after function until there are `archs`; of the
    last one only as many as are lacking. Without functions each architecture is drawn on its own. Resamples depend on
    nothing else but the seed, so that all rows and metrics of one population share them.

    >>> [chunk.sum(axis=1).tolist() for chunk in bootstrap_counts(7, 2)]
    [[7, 7]]
    >>> [counts] = bootstrap_counts(6, 3, functions=np.array([8, 3, 8, 3, 8, 3]))
    >>> counts.sum(axis=1).tolist(), (counts[:, ::2] == counts[:, :1]).all(), (counts[:, 1::2] == counts[:, 1:2]).all()
    ([6, 6, 6], np.True_, np.True_)
    """
    rng = stream(seed, "bootstrap/architectures")
    function_of = np.arange(archs) if functions is None else numbered(functions)
    while resamples > 0:
        size = min(resamples, max(1, CHUNK // archs))
        yield np.stack([_draw(rng, function_of) for _ in range(size)])
        resamples -= size


def _draw(rng: np.random.Generator, function_of: Functions) -> Int[np.ndarray, "arch"]:
    """Return how often one resample draws each architecture; functions are numbered from 0."""
    sizes = np.bincount(function_of)
    drawn = rng.integers(len(sizes), size=len(function_of))
    if len(sizes) == len(function_of):
        return np.bincount(drawn, minlength=len(sizes))
    up_to = np.cumsum(sizes[drawn])
    last = int(np.searchsorted(up_to, len(function_of)))
    times = np.bincount(drawn[: last + 1], minlength=len(sizes))[function_of]
    times[np.flatnonzero(function_of == drawn[last])[sizes[drawn[last]] - (up_to[last] - len(function_of)) :]] -= 1
    return times


def numbered(functions: Functions) -> Functions:
    """Return the functions numbered in the order in which they first occur.

    >>> numbered(np.array([8, 3, 8, 5])).tolist()
    [0, 1, 0, 2]
    """
    _, first, owner = np.unique(functions, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[owner]


def drawn_counts(archs: int, resamples: int, functions: Functions | None = None) -> Iterator[Drawn]:
    """Yield the same resamples as single-precision floats [arch, resample], which are not to be written to."""
    if archs * resamples <= CHUNK:
        yield _kept(archs, resamples, None if functions is None else numbered(functions).tobytes())
        return
    yield from map(as_drawn, bootstrap_counts(archs, resamples, functions=functions))


def as_drawn(counts: Counts) -> Drawn:
    """Return counts as single-precision floats [arch, resample], for BLAS; integers up to 2^24 are exact in them."""
    return np.ascontiguousarray(counts.astype(np.float32).T)


@lru_cache(maxsize=KEPT)
def _kept(archs: int, resamples: int, functions: bytes | None) -> Drawn:
    together = None if functions is None else np.frombuffer(functions, dtype=np.intp)
    [counts] = bootstrap_counts(archs, resamples, functions=together)
    drawn = as_drawn(counts)
    drawn.flags.writeable = False
    return drawn


def tied_pairs(values: PerArch) -> int:
    """Return the number of pairs of equal values.

    >>> tied_pairs(np.array([1.0, 2.0, 1.0, 1.0]))
    3
    """
    sizes = np.unique(values, return_counts=True)[1]
    return int((sizes * (sizes - 1)).sum()) // 2
