"""Selecting the networks of a stack that use an operation from a node, and adding their results to another node.

Plain autograd indexing would write, for every operation, a gradient of the whole stack that is mostly zeros.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


class Route(nn.Module):
    """The networks, out of `networks`, that have an operation on an edge; a contiguous range is selected as a view."""

    def __init__(self, owners: Sequence[int], networks: int) -> None:
        super().__init__()
        self.networks = networks
        self.run = slice(owners[0], owners[-1] + 1) if owners[-1] - owners[0] == len(owners) - 1 else None
        self.owners: Tensor
        self.register_buffer("owners", torch.tensor(owners), persistent=False)

    def select(self, values: Tensor) -> Tensor:
        """Return the rows of these networks, as a view if they are contiguous."""
        return values[self.run] if self.run else values.index_select(0, self.owners)

    def add(self, total: Tensor | None, part: Tensor, *, owned: bool) -> Tensor:
        """Return `total` (None: zeros) plus `part` in the rows of these networks, in place.

        A `part` that is not used elsewhere (`owned`) may itself become the total.
        """
        if total is None:
            if len(part) == self.networks:
                return part if owned else part.clone()
            total = part.new_zeros(self.networks, *part.shape[1:])
        if self.run:
            total[self.run] += part
        else:
            total.index_add_(0, self.owners, part)
        return total


def split(node: Tensor, routes: Sequence[Route], rectify: Sequence[bool]) -> tuple[Tensor, ...]:
    """Return the input of each operation that leaves `node`, after a ReLU if `rectify`."""
    return _Split.apply(node, routes, rectify)


def join(arrived: Sequence[tuple[Route, Tensor]]) -> Tensor:
    """Return the sum of the results `arrived` at a node, at least one, over all networks."""
    return _Join.apply([route for route, _ in arrived], *(part for _, part in arrived))


class _Split(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, node: Tensor, routes: Sequence[Route], rectify: Sequence[bool]) -> tuple[Tensor, ...]:
        ctx.routes, ctx.rectify = routes, rectify
        chosen = [route.select(node) for route in routes]
        parts = [part.clamp_min(0) if relu else part for part, relu in zip(chosen, rectify, strict=True)]
        ctx.save_for_backward(*(part for part, relu in zip(parts, rectify, strict=True) if relu))
        return tuple(parts)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, None, None]:
        total, rectified = None, iter(ctx.saved_tensors)
        for route, relu, gradient in zip(ctx.routes, ctx.rectify, gradients, strict=True):
            part = torch.ops.aten.threshold_backward(gradient, next(rectified), 0) if relu else gradient
            total = route.add(total, part, owned=relu)
        return total, None, None


class _Join(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, routes: Sequence[Route], *parts: Tensor) -> Tensor:
        ctx.routes = routes
        total = None
        for route, part in zip(routes, parts, strict=True):
            total = route.add(total, part, owned=False)
        assert total is not None, "at least one result arrives"
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        return None, *(route.select(gradients[0]) for route in ctx.routes)
