"""The states of a chain of layers, reused by architectures that begin alike."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

S = TypeVar("S")


class Prefixes(Generic[S]):
    """The state after each part of the latest architecture, on the same images.

    Only the current prefix is kept, so memory does not grow with the architectures; those in lexicographic order share
    most.
    """

    def __init__(self) -> None:
        self._kept: dict[int, tuple[tuple[Hashable, ...], S]] = {}

    def last(self, parts: tuple[Hashable, ...], start: S, step: Callable[[int, S], S]) -> S:
        """Return the state after the last part; `step(place, state)` computes those that are not known."""
        state = start
        for place in range(len(parts)):
            prefix = parts[: place + 1]
            if place not in self._kept or self._kept[place][0] != prefix:
                self._kept[place] = (prefix, step(place, state))
            state = self._kept[place][1]
        return state
