"""What is computed once from counts that many predictions share."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import _lru_cache_wrapper
from typing import TypeVar

import numpy as np

Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)
class Kept:
    """An array as a key: equal only to the same array, which lives as long as what is kept of it."""

    array: np.ndarray

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Kept) and self.array is other.array

    def __hash__(self) -> int:
        return id(self.array)


def once(function: "_lru_cache_wrapper[Found]", drawn: np.ndarray) -> Callable[..., Found]:
    """Return a function that keeps its results, unless counts that are not kept themselves are given: they may change.

    Counts that are kept cannot be written to (`bench.scores.resampling.counts.drawn_counts`).
    """
    return function.__wrapped__ if drawn.flags.writeable else function
