"""Which networks of a stack take an operation: selecting them from a node and adding their results to another.

Indexing by autograd alone would write, for every operation, a gradient of the whole stack that is mostly zeros.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


class Route(nn.Module):
    """The networks, of `networks` in all, that have an operation on an edge; a run of neighbours is a view."""

    def __init__(self, owners: Sequence[int], networks: int) -> None:
        super().__init__()
        self.whole = len(owners) == networks
        self.run = slice(owners[0], owners[-1] + 1) if owners[-1] - owners[0] == len(owners) - 1 else None
        self.owners: Tensor
        self.register_buffer("owners", torch.tensor(owners), persistent=False)

    def select(self, values: Tensor) -> Tensor:
        """Return the rows of these networks, a view where they are neighbours."""
        return values[self.run] if self.run else values.index_select(0, self.owners)

    def add(self, total: Tensor | None, part: Tensor, like: Tensor, *, owned: bool) -> Tensor:
        """Return `total`, shaped `like`, plus `part` in the rows of these networks, in place where it may.

        No total counts as zeros; `part` itself may become the total if nobody else holds it (`owned`).
        """
        if total is None:
            if self.whole:
                return part if owned else part.clone()
            total = torch.zeros_like(like)
        if self.run:
            total[self.run] += part
        else:
            total.index_add_(0, self.owners, part)
        return total


class _Split(torch.autograd.Function):
    """A node -> what each operation that leaves it reads; `rectify` says which of them follow a ReLU."""

    @staticmethod
    def forward(ctx: Any, node: Tensor, routes: Sequence[Route], rectify: Sequence[bool]) -> tuple[Tensor, ...]:
        ctx.routes, ctx.rectify, ctx.node = routes, rectify, node
        parts = tuple(
            route.select(node).clamp_min(0) if relu else route.select(node).view_as(route.select(node))
            for route, relu in zip(routes, rectify, strict=True)
        )
        ctx.save_for_backward(*(part for part, relu in zip(parts, rectify, strict=True) if relu))
        return parts

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, None, None]:  # type: ignore[override]
        total, rectified = None, iter(ctx.saved_tensors)
        for route, relu, gradient in zip(ctx.routes, ctx.rectify, gradients, strict=True):
            part = torch.ops.aten.threshold_backward(gradient, next(rectified), 0) if relu else gradient
            total = route.add(total, part, ctx.node, owned=relu)
        return total, None, None


class _Sum(torch.autograd.Function):
    """What arrives at a node -> its value."""

    @staticmethod
    def forward(ctx: Any, like: Tensor, routes: Sequence[Route], *parts: Tensor) -> Tensor:
        ctx.routes = routes
        total = None
        for route, part in zip(routes, parts, strict=True):
            total = route.add(total, part, like, owned=False)
        assert total is not None, "a node without arrivals is never asked for"
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        return None, None, *(route.select(gradients[0]) for route in ctx.routes)


def split(node: Tensor, routes: Sequence[Route], rectify: Sequence[bool]) -> tuple[Tensor, ...]:
    """Return what each operation that leaves `node` reads, after a ReLU where `rectify` says so."""
    return _Split.apply(node, routes, rectify)


def join(routes: Sequence[Route], parts: Sequence[Tensor], like: Tensor) -> Tensor:
    """Return the sum of what arrives at a node, shaped `like` the whole stack; zeros where nothing does."""
    return _Sum.apply(like.detach(), routes, *parts)
