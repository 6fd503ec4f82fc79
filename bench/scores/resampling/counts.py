"""Bootstrap resamples, as the number of times that each draws each architecture."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from jaxtyping import Float, Int

from bench.rng import stream
from bench.types import PerArch

Counts = Int[np.ndarray, "resample arch"]

CHUNK = 3_000_000
"""Largest number of counts held at once; bounds the memory of a bootstrap to about 500 MB."""
KEPT = 8
"""How many sets of resamples are kept, if they are one chunk, since the rows of a report share a few."""
Drawn = Float[np.ndarray, "arch resample"]


def bootstrap_counts(archs: int, resamples: int, seed: int = 0) -> Iterator[Counts]:
    """Yield `resamples` bootstrap resamples, each of `archs` draws with replacement, in chunks.

    They depend only on the number of architectures and the seed, so that all rows and metrics of one population share
    them.

    >>> [chunk.sum(axis=1).tolist() for chunk in bootstrap_counts(7, 2)]
    [[7, 7]]
    """
    rng = stream(seed, "bootstrap/architectures")
    while resamples > 0:
        size = min(resamples, max(1, CHUNK // archs))
        yield np.stack([np.bincount(rng.integers(archs, size=archs), minlength=archs) for _ in range(size)])
        resamples -= size


def drawn_counts(archs: int, resamples: int) -> Iterator[Drawn]:
    """Yield the same resamples as single-precision floats [arch, resample], which are not to be written to."""
    if archs * resamples <= CHUNK:
        yield _kept(archs, resamples)
        return
    yield from map(as_drawn, bootstrap_counts(archs, resamples))


def as_drawn(counts: Counts) -> Drawn:
    """Return counts as single-precision floats [arch, resample], for BLAS; integers up to 2^24 are exact in them."""
    return np.ascontiguousarray(counts.astype(np.float32).T)


@lru_cache(maxsize=KEPT)
def _kept(archs: int, resamples: int) -> Drawn:
    [counts] = bootstrap_counts(archs, resamples)
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
