"""Concordant minus discordant pairs of many weighted samples at once."""

import numpy as np
from jaxtyping import Float, Int, Num

Weights = Num[np.ndarray, "sample arch"]
Ranks = Int[np.ndarray, "arch"]


def dense_ranks(values: np.ndarray) -> Ranks:
    """Return 0 for the lowest value, 1 for the next one, ...; equal values share a rank.

    >>> dense_ranks(np.array([2.5, 1.0, 2.5, 9.0])).tolist()
    [1, 0, 1, 2]
    """
    return np.unique(values, return_inverse=True)[1]


def concordance(x: Ranks, y: Ranks, left: Weights, right: Weights) -> Float[np.ndarray, "sample"]:
    """Return the sum over i and j of left_i right_j sign(x_i - x_j) sign(y_i - y_j), of each sample.

    Both rankings are cut into blocks of about sqrt(arch) neighbours. Two architectures that differ in both
    blocks are counted from the sample's histogram over pairs of blocks; those that share a block are counted
    by matrix products over that block. The work is O(arch^1.5) per sample, nearly all of it in BLAS, and the
    sum is exact as long as the weights are small integers.

    >>> every = np.ones((1, 4))
    >>> concordance(np.arange(4), np.array([0, 1, 3, 2]), every, every).tolist()  # twice (5 - 1)
    [8.0]
    """
    side = max(16, int(len(x) ** 0.5))
    across, down = _blocks(x, side), _blocks(y, side)
    left, right = (np.ascontiguousarray(weights.T, dtype=np.float32) for weights in (left, right))
    shape = (int(across.max()) + 1, int(down.max()) + 1)
    cells = across * shape[1] + down

    def histogram(weights: np.ndarray) -> np.ndarray:
        size = shape[0] * shape[1]
        return np.stack([np.bincount(cells, sample, size).reshape(shape) for sample in weights.T])

    total = np.einsum("skl,skl->s", histogram(left), _signed(_signed(histogram(right), 1), 2))
    total += _inside(x, y, across, left, right)
    return total + _inside(y, x, down, left, right, unless=across)


def _blocks(ranks: Ranks, side: int) -> Ranks:
    """Return the block of each architecture: a block is one rank only, or fewer than 2 * `side` neighbours."""
    order = np.argsort(ranks, kind="stable")
    first = np.flatnonzero(np.r_[True, np.diff(ranks[order]) != 0])
    sizes = np.diff(np.r_[first, len(ranks)])
    large = sizes > side
    opens = large | np.r_[True, large[:-1]] | np.r_[True, np.diff(first // side) != 0]
    return (np.cumsum(opens) - 1)[ranks]


def _signed(values: np.ndarray, axis: int) -> np.ndarray:
    """Return, at each place of the axis, the sum of what stands before it minus the sum of what stands after."""
    running = np.cumsum(values, axis=axis)
    return 2 * running - values - np.take(running, [-1], axis=axis)


def _inside(
    x: Ranks, y: Ranks, blocks: Ranks, left: np.ndarray, right: np.ndarray, unless: Ranks | None = None
) -> np.ndarray:
    """Return the part of the sum from pairs that share a block of x, and no block of `unless`."""
    order = np.argsort(blocks, kind="stable")
    first = np.flatnonzero(np.r_[True, np.diff(blocks[order]) != 0])
    sizes = np.diff(np.r_[first, len(blocks)])
    mixed = np.maximum.reduceat(x[order], first) > np.minimum.reduceat(x[order], first)
    total = np.zeros(left.shape[1])
    for start, size in zip(first[mixed], sizes[mixed], strict=True):
        members = order[start : start + size]
        sign = np.sign(np.subtract.outer(x[members], x[members]) * np.subtract.outer(y[members], y[members]))
        if unless is not None:
            sign *= np.not_equal.outer(unless[members], unless[members])
        total += np.einsum("is,is->s", left[members], sign.astype(np.float32) @ right[members])
    return total
