"""Concordant minus discordant pairs of every architecture, in many weighted samples at once."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float, Int, Num

Ranks = Int[np.ndarray, "arch"]
Drawn = Float[np.ndarray, "arch resample"]
Signs = Float[np.ndarray, "one other"]
Cells = Float[np.ndarray, "cell resample"]


def dense_ranks(values: np.ndarray) -> Ranks:
    """Return 0 for the lowest value, 1 for the next one, ...; equal values share a rank.

    >>> dense_ranks(np.array([2.5, 1.0, 2.5, 9.0])).tolist()
    [1, 0, 1, 2]
    """
    return np.unique(values, return_inverse=True)[1]


def grouped(groups: Ranks, drawn: Drawn) -> Float[np.ndarray, "group resample"]:
    """Return the sum of each group's rows.

    >>> grouped(np.array([1, 0, 1]), np.array([[1.0], [2.0], [3.0]])).tolist()
    [[2.0], [4.0]]
    """
    from scipy.sparse import csr_array

    ones = np.ones(len(groups), dtype=drawn.dtype)
    return csr_array((ones, (groups, np.arange(len(groups))))) @ drawn


def running_sum(rows: Num[np.ndarray, "arch resample"]) -> Num[np.ndarray, "arch resample"]:
    """Return `np.cumsum(rows, axis=0)`, several times faster, as it adds whole rows.

    >>> running_sum(np.array([[1.0, 5.0], [2.0, 0.0], [4.0, 1.0]])).tolist()
    [[1.0, 5.0], [3.0, 5.0], [7.0, 6.0]]
    """
    side = int(np.ceil(len(rows) ** 0.5))
    total = np.zeros((side * side, rows.shape[1]), dtype=rows.dtype)
    total[: len(rows)] = rows
    blocks = total.reshape(side, side, -1)
    for k in range(1, side):
        blocks[:, k] += blocks[:, k - 1]
    for k in range(1, side):
        blocks[k] += blocks[k - 1, -1]
    return total[: len(rows)]


def net_concordance(x: Ranks, y: Ranks, drawn: Drawn) -> Drawn:
    """Return the sum over j of drawn_j sign(x_i - x_j) sign(y_i - y_j), of each architecture i and resample.

    Both rankings are cut into blocks of about sqrt(arch) neighbours. Pairs that differ in both blocks are counted from
    the resample's histogram over pairs of blocks, pairs that share a block within that block. Both are matrix products
    with matrices of signs, O(arch^1.5) per resample. Integers below 2^24 stay exact.

    >>> net_concordance(np.arange(4), np.array([0, 1, 3, 2]), np.ones((4, 1)))[:, 0].tolist()
    [3.0, 3.0, 1.0, 1.0]
    """
    drawn = drawn.astype(np.float32, copy=False)
    side = max(16, int(len(x) ** 0.5))
    across, down = _blocks(x, side), _blocks(y, side)
    net = _across_blocks(across, down, drawn)[1][across * (int(down.max()) + 1) + down]
    for members, signs in _inside_blocks(x, y, across, down):
        net[members] += signs @ drawn[members]
    return net


def total_concordance(x: Ranks, y: Ranks, drawn: Drawn) -> Float[np.ndarray, "resample"]:
    """Return the sum over i of drawn_i times `net_concordance`: twice the concordant minus discordant pairs.

    It needs no array of all architectures, and is fastest with blocks twice as large.

    >>> total_concordance(np.arange(4), np.array([0, 1, 3, 2]), np.ones((4, 1))).tolist()
    [8.0]
    """
    drawn = drawn.astype(np.float32, copy=False)
    side = max(16, int(2 * len(x) ** 0.5))
    across, down = _blocks(x, side), _blocks(y, side)
    total = weighted_sum(*_across_blocks(across, down, drawn))
    for members, signs in _inside_blocks(x, y, across, down):
        own = drawn[members]
        total += weighted_sum(own, signs @ own)
    return total


def weighted_sum(weights: Drawn, values: Drawn) -> Float[np.ndarray, "resample"]:
    """Return the sum of weights times values of each resample, in double precision."""
    return np.einsum("as,as->s", weights, values, dtype=np.float64)


def _across_blocks(across: Ranks, down: Ranks, drawn: Drawn) -> tuple[Cells, Cells]:
    """Return how often each pair of blocks is drawn, and its concordant minus discordant draws of both other blocks."""
    width, height = int(across.max()) + 1, int(down.max()) + 1
    occupied, cells = np.unique(across * height + down, return_inverse=True)
    histogram = np.zeros((width * height, drawn.shape[1]), dtype=np.float32)
    histogram[occupied] = grouped(cells, drawn)
    signed = _signs(np.arange(height)) @ histogram.reshape(width, height, -1)
    signed = _signs(np.arange(width)) @ signed.reshape(width, -1)
    return histogram, signed.reshape(width * height, -1)


def _inside_blocks(x: Ranks, y: Ranks, across: Ranks, down: Ranks) -> Iterator[tuple[Ranks, Signs]]:
    """Yield architectures and the sign of each of their pairs, so that every pair that shares a block comes once."""
    yield from _of_blocks(x, y, across)
    yield from _of_blocks(y, x, down, unless=across)


def _blocks(ranks: Ranks, side: int) -> Ranks:
    """Return the block of each architecture: a block is a single rank, or fewer than 2 * `side` neighbours."""
    order = np.argsort(ranks, kind="stable")
    first = np.flatnonzero(np.r_[True, np.diff(ranks[order]) != 0])
    sizes = np.diff(np.r_[first, len(ranks)])
    large = sizes > side
    opens = large | np.r_[True, large[:-1]] | np.r_[True, np.diff(first // side) != 0]
    return (np.cumsum(opens) - 1)[ranks]


def _signs(values: np.ndarray) -> Signs:
    """Return sign(value - other value) of all pairs."""
    values = values.astype(np.float32)  # ranks stay exact, and BLAS is fastest in single precision
    return np.sign(np.subtract.outer(values, values))


def _of_blocks(x: Ranks, y: Ranks, blocks: Ranks, unless: Ranks | None = None) -> Iterator[tuple[Ranks, Signs]]:
    """Yield the members of each block of `blocks` and the signs of their pairs, 0 for those that share one of `unless`.

    Blocks of a single rank of `x` have no pair.
    """
    order = np.argsort(blocks, kind="stable")
    first = np.flatnonzero(np.r_[True, np.diff(blocks[order]) != 0])
    sizes = np.diff(np.r_[first, len(blocks)])
    mixed = np.maximum.reduceat(x[order], first) > np.minimum.reduceat(x[order], first)
    for start, size in zip(first[mixed], sizes[mixed], strict=True):
        members = order[start : start + size]
        signs = _signs(x[members]) * _signs(y[members])
        if unless is not None:
            signs *= np.not_equal.outer(unless[members], unless[members])
        yield members, signs
