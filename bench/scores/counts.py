"""Resamples of architectures, as how often each draws each architecture."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float, Int

from bench.rng import stream
from bench.types import PerArch

Counts = Int[np.ndarray, "resample arch"]

CHUNK = 2_000_000
"""Largest number of counts held at once; bounds the memory of a bootstrap to about 100 MB."""


def bootstrap_counts(archs: int, resamples: int, seed: int = 0) -> Iterator[Counts]:
    """Yield `resamples` draws with replacement of as many architectures as there are, in chunks.

    Draws depend on the number of architectures and the seed alone, so that all rows and metrics of one
    population share them.

    >>> [chunk.sum(axis=1).tolist() for chunk in bootstrap_counts(7, 2)]
    [[7, 7]]
    """
    rng = stream(seed, "bootstrap/architectures")
    while resamples > 0:
        size = min(resamples, max(1, CHUNK // archs))
        yield np.stack([np.bincount(rng.integers(archs, size=archs), minlength=archs) for _ in range(size)])
        resamples -= size


def tied_pairs(values: PerArch) -> int:
    """Return the number of pairs of equal values.

    >>> tied_pairs(np.array([1.0, 2.0, 1.0, 1.0]))
    3
    """
    sizes = np.unique(values, return_counts=True)[1]
    return int((sizes * (sizes - 1)).sum()) // 2


def group_counts(ranks: Int[np.ndarray, "arch"], counts: Counts) -> Int[np.ndarray, "resample rank"]:
    """Return how often each resample draws each dense rank."""
    order = np.argsort(ranks, kind="stable")
    return np.add.reduceat(counts[:, order], np.searchsorted(ranks[order], np.arange(ranks.max() + 1)), axis=1)


def mid_ranks(ranks: Int[np.ndarray, "arch"], counts: Counts) -> Float[np.ndarray, "resample arch"]:
    """Return the rank, from 1 at the lowest value, that each architecture has in each resample; ties share the mean."""
    sizes = group_counts(ranks, counts)
    return (np.cumsum(sizes, axis=1) - (sizes - 1) / 2)[:, ranks]


def top_counts(
    truth: PerArch, counts: Counts, number: int
) -> tuple[Int[np.ndarray, "top"], Int[np.ndarray, "resample top"]]:
    """Return the architectures, best first, that reach the true top `number` of a resample, and their counts there.

    As everywhere, all that tie with the last place are inside. Every resample must hold `number` or more.
    """
    order = np.argsort(-truth, kind="stable")
    width = 2 * number
    while counts[:, order[:width]].sum(axis=1).min() < number:
        width *= 2
    width += int(np.count_nonzero(truth[order[width:]] == truth[order[:width][-1]]))
    order = order[:width]
    drawn = counts[:, order]
    first = np.searchsorted(-truth[order], -truth[order])
    better = np.concatenate([np.zeros((len(counts), 1), dtype=np.int64), np.cumsum(drawn, axis=1)], axis=1)[:, first]
    return order, np.where(better < number, drawn, 0)
