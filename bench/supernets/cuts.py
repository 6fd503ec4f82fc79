"""Where the graphs of several paths on one batch are cut, so that each can go backward on its own."""

from torch import Tensor


class Cuts:
    """Values that several paths start from: a path's backward stops there, and `backward` goes on for all of them.

    A path's activations are then freed, and their memory is used again, before the next path begins: a graph of
    all paths outgrows the cache where batches are large.
    """

    def __init__(self) -> None:
        self._pairs: list[tuple[Tensor, Tensor]] = []

    def leaf(self, value: Tensor) -> Tensor:
        """Return `value` for the paths to start from, cut off from what it was computed from."""
        if not value.requires_grad:
            return value
        leaf = value.detach().requires_grad_()
        self._pairs.append((value, leaf))
        return leaf

    def backward(self) -> None:
        """Carry what the paths' gradients have added up to at every cut on to the weights before it."""
        while self._pairs:
            value, leaf = self._pairs.pop()  # the last first: it may have been computed from an earlier one
            if leaf.grad is not None:
                value.backward(leaf.grad)
