"""Places of keys, or other values, in a sorted array, for joins in NumPy."""

import numpy as np
from jaxtyping import Bool, Int, Shaped


def places_in(
    known: Shaped[np.ndarray, "known"], wanted: Shaped[np.ndarray, "wanted"]
) -> tuple[Int[np.ndarray, "wanted"], Bool[np.ndarray, "wanted"]]:
    """Return the place of each `wanted` value in `known`, which is sorted, and whether it is there; place 0 if not.

    >>> places, found = places_in(np.array([2, 3, 5]), np.array([5, 4, 2]))
    >>> places.tolist(), found.tolist()
    ([2, 0, 0], [True, False, True])
    """
    if not len(known):
        return np.zeros(len(wanted), dtype=np.int64), np.zeros(len(wanted), dtype=bool)
    places = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    found = known[places] == wanted
    return np.where(found, places, 0), found
