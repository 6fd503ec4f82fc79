"""Which copy each architecture uses in a layer: clusters of the matching degrees, and the copy of each cluster."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from bench.types import Arch

RESTARTS, ITERATIONS = 10, 100


@dataclass(frozen=True, kw_only=True)
class Rule:
    """The copy of an architecture in a layer, by its scalar s: clusters are intervals of s (lowest first).

    `bounds` [cluster - 1] separate the clusters, and `copies` [cluster] are theirs. Of a layer whose copies were drawn,
    `bounds` is None, and `shares` [copy] are the fractions of the architectures that use each. `degrees` are the
    smallest and the largest matching degree that was clustered, None if none was.
    """

    bounds: tuple[float, ...] | None
    copies: tuple[int, ...]
    shares: tuple[float, ...]
    degrees: tuple[float, float] | None = None

    def copy(self, scalar: float, arch: Arch, salt: int) -> int:
        """Return the copy of an architecture that was not clustered; `salt` differs from layer to layer."""
        if self.bounds is not None:
            return self.copies[int(np.searchsorted(self.bounds, scalar, side="right"))]
        digest = hashlib.sha256(f"{salt}/{arch}".encode()).digest()
        drawn = int.from_bytes(digest[:8], "little") / 2**64
        return min(int(np.searchsorted(np.cumsum(self.shares), drawn, side="right")), len(self.shares) - 1)

    def described(self) -> dict[str, Any]:
        """Return the rule as lists, for a checkpoint."""
        return {
            name: None if values is None else list(values)
            for name, values in (
                ("bounds", self.bounds),
                ("copies", self.copies),
                ("shares", self.shares),
                ("degrees", self.degrees),
            )
        }

    @classmethod
    def read(cls, saved: Mapping[str, Any]) -> "Rule":
        """Return the rule that `described` returned."""
        parts: dict[str, Any] = {name: None if values is None else tuple(values) for name, values in saved.items()}
        return cls(**parts)


def clusters(
    rows: Float[np.ndarray, "arch other"], scalars: Float[np.ndarray, "arch"], count: int, seed: int
) -> Int[np.ndarray, "arch"] | None:
    """Return the cluster of each architecture by K-means on its degrees, clusters in the order of their scalars.

    Rows are functions of the scalar alone, monotone in every entry, so that clusters are intervals of it. None if there
    are fewer different scalars than clusters.
    """
    if len(np.unique(rows, axis=0)) < count:
        return None
    if count == 1:
        return np.zeros(len(rows), dtype=int)
    from sklearn.cluster import KMeans

    means = KMeans(count, init="k-means++", n_init=RESTARTS, max_iter=ITERATIONS, random_state=seed)
    found = means.fit_predict(rows)
    centres = [scalars[found == cluster].mean() for cluster in range(count)]
    return np.argsort(np.argsort(centres))[found]


def bounds(scalars: Float[np.ndarray, "arch"], found: Int[np.ndarray, "arch"], count: int) -> tuple[float, ...]:
    """Return the middles between neighbouring clusters, [cluster - 1]."""
    ends = [(scalars[found == cluster].min(), scalars[found == cluster].max()) for cluster in range(count)]
    return tuple(float(low[1] + high[0]) / 2 for low, high in pairwise(ends))


def bounds_of_shares(scalars: Float[np.ndarray, "arch"], sizes: Sequence[int]) -> tuple[float, ...]:
    """Return bounds between clusters of these sizes, in the order of their scalars, [cluster - 1].

    >>> bounds_of_shares(np.array([5.0, 1.0, 2.0, 9.0]), (1, 3))
    (1.5,)
    """
    ordered = np.sort(scalars)
    return tuple(float(ordered[last - 1] + ordered[last]) / 2 for last in np.cumsum(sizes)[:-1])


def assigned(losses: Float[np.ndarray, "cluster copy"]) -> tuple[int, ...]:
    """Return a copy for each cluster, a different one for each, with the smallest sum of losses.

    >>> assigned(np.array([[1.0, 3.0], [2.0, 5.0]]))
    (1, 0)
    """
    from scipy.optimize import linear_sum_assignment

    return tuple(int(copy) for copy in linear_sum_assignment(losses)[1])


def in_equal_shares(members: int, count: int, rng: np.random.Generator) -> Int[np.ndarray, "arch"]:
    """Return copies drawn at random, each for the same number of architectures up to one."""
    return rng.permutation(np.arange(members) % count)
