"""The bytes that one update holds: weights, what the optimizer keeps, and what the backward pass needs."""

from contextlib import ExitStack
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

FIRST = 32
"""Updates that are measured: paths differ in size."""
PER_WEIGHT = 3
"""A weight, its gradient and its momentum."""


@dataclass
class Held:
    """The bytes that tensors saved for the backward pass hold `now`, and the `most` they held; weights are left out.

    Tensors that share their memory count once.
    """

    weights: set[int]
    now: int = 0
    most: int = 0
    users: dict[int, int] = field(default_factory=dict)

    def take(self, tensor: Tensor) -> "Saved":
        """Count a tensor for as long as what is returned lives."""
        storage = tensor.untyped_storage()
        place, size = storage.data_ptr(), storage.nbytes()
        if place in self.weights:
            return Saved(tensor, None, place, 0)
        self.users[place] = self.users.get(place, 0) + 1
        if self.users[place] == 1:
            self.now += size
            self.most = max(self.most, self.now)
        return Saved(tensor, self, place, size)


class Saved:
    """A tensor that is saved for the backward pass."""

    def __init__(self, tensor: Tensor, held: Held | None, place: int, size: int) -> None:
        self.tensor, self.held, self.place, self.size = tensor, held, place, size

    def __del__(self) -> None:
        if self.held is None:
            return
        self.held.users[self.place] -= 1
        if not self.held.users[self.place]:
            del self.held.users[self.place]
            self.held.now -= self.size


class Meter:
    """Measures, inside, what the first `FIRST` updates hold.

    What is measured depends on the computation alone, not on the machine, its allocator or other processes.
    """

    def __init__(self, supernet: nn.Module) -> None:
        weights = list(supernet.parameters())
        self.held = Held({weight.untyped_storage().data_ptr() for weight in weights})
        self.weights = sum(weight.numel() * weight.element_size() for weight in weights)
        self.updates = 0
        self._hooks = ExitStack()

    def __enter__(self) -> "Meter":
        hooks = torch.autograd.graph.saved_tensors_hooks(self.held.take, lambda saved: saved.tensor)
        self._hooks.enter_context(hooks)
        return self

    def __exit__(self, *error: object) -> None:
        self._hooks.close()

    def updated(self) -> None:
        """Called after every update; after the last of the first ones nothing is measured any more."""
        if self.updates == FIRST:
            return
        self.updates += 1
        if self.updates == FIRST:
            self._hooks.close()

    @property
    def bytes(self) -> int:
        """Return the most that an update held: `PER_WEIGHT` numbers for every weight, and what backward needed."""
        return PER_WEIGHT * self.weights + self.held.most
