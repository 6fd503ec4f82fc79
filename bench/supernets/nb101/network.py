"""The NAS-Bench-101 supernet: weights per cell and vertex; a vertex is its operation on the sum of its inputs."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.errors import RecipeError
from bench.spaces import Space
from bench.spaces.nb101.channels import STACKS, vertex_widths
from bench.spaces.nb101.graphs import (
    CONV_1X1,
    CONV_3X3,
    INPUT,
    INTERIOR,
    MAX_POOL,
    OPERATION_GENES,
    OUTPUT,
    UNUSED,
    edges_of,
    operations_of,
)
from bench.supernets.layers.norm_layer import NormLayer
from bench.supernets.layers.precision import in_float32
from bench.supernets.layers.supernet import Supernet
from bench.supernets.nb101 import NB101Net
from bench.supernets.nb101.convolutions import RANDOM, CentreWeight, ConvNormRelu, DynamicWeight
from bench.supernets.norms import Norm
from bench.types import Arch, Choice, PerCell

ONLY = ["all"]
"""The set of inputs of a norm that does not depend on them."""
Memo = dict[Any, Tensor]
"""Results of the first cell that the previous architecture used, by what they depend on."""


@dataclass(frozen=True)
class Vertex:
    """One vertex of a cell: its number, operation, channels, whether it reads the cell's input, and its other inputs.

    `key` is equal in two cells where the vertex computes the same.
    """

    number: int
    operation: int
    width: int
    from_input: bool
    sources: tuple[int, ...]
    inputs: str
    key: Any


@dataclass(frozen=True)
class Plan:
    """What a cell computes: its vertices in order, those that feed the output, and whether its input does."""

    vertices: tuple[Vertex, ...]
    feeding: tuple[int, ...]
    from_input: bool


@lru_cache(maxsize=20_000)
def plan_of(arch: Arch, channels: int) -> Plan:
    """Return the plan of an architecture's cell with so many output channels."""
    genes = np.array([arch], dtype=np.int8)
    edges, operations = edges_of(genes), operations_of(genes)[0]
    widths, into = vertex_widths(edges, channels)[0], edges[0]
    vertices: list[Vertex] = []
    keys: dict[int, Any] = {}
    for number in INTERIOR:
        if operations[number - 1] == UNUSED:
            break
        sources = tuple(source for source in range(1, number) if into[source, number])
        from_input = bool(into[INPUT, number])
        operation, width = int(operations[number - 1]), int(widths[number])
        keys[number] = (number, operation, width, from_input, tuple(keys[source] for source in sources))
        bits = sum(1 << source for source in range(number) if into[source, number])
        vertices.append(Vertex(number, operation, width, from_input, sources, str(bits), keys[number]))
    feeding = tuple(number for number in INTERIOR if into[number, OUTPUT])
    return Plan(tuple(vertices), feeding, bool(into[INPUT, OUTPUT]))


class Cell(nn.Module):
    """The projections and convolutions of every vertex."""

    def __init__(self, space: Space, before: int, after: int, construct: NB101Net, norm: Norm) -> None:
        super().__init__()
        self.channels, sharing = after, construct.channels
        self.projections, self.operations = nn.ModuleDict(), nn.ModuleDict()
        for vertex in INTERIOR:
            projection = DynamicWeight(before, after, 1, sharing, both=False)
            self.projections[str(vertex)] = ConvNormRelu(projection, after, sharing, norm, ONLY)
            sets = [str(bits) for bits in range(1, 2**vertex)] if norm.per_inputs else ONLY
            allowed = space.allowed[OPERATION_GENES[vertex - 1]]
            whole = DynamicWeight(after, after, 3, sharing, both=True) if CONV_3X3 in allowed else None
            if whole is not None:
                self.operations[f"{vertex}/{CONV_3X3}"] = ConvNormRelu(whole, after, sharing, norm, sets)
            if CONV_1X1 in allowed:
                small: nn.Module = (
                    CentreWeight(whole, construct.kernel_1x1 == "transformed-centre")
                    if whole is not None and construct.kernel_1x1 != "own"
                    else DynamicWeight(after, after, 1, sharing, both=True)
                )
                self.operations[f"{vertex}/{CONV_1X1}"] = ConvNormRelu(small, after, sharing, norm, sets)
        self.projection = ConvNormRelu(
            DynamicWeight(before, after, 1, "leading", both=False), after, "leading", norm, ONLY
        )

    def forward(
        self, values: Tensor, plan: Plan, rng: np.random.Generator | None, known: Memo | None = None
    ) -> tuple[Tensor, Memo]:
        """Return the cell's output [batch, channel, row, column], and what it computed if it reads `known` results."""
        used: Memo = {}

        def once(key: Any, compute: Callable[[], Tensor]) -> Tensor:
            if known is None:
                return compute()
            used[key] = known[key] if key in known else compute()
            return used[key]

        results: dict[int, Tensor] = {}
        for vertex in plan.vertices:
            results[vertex.number] = once(vertex.key, partial(self._vertex, values, vertex, results, rng, once))
        parts = [results[number] for number in plan.feeding]
        output = torch.cat(parts, dim=1) if len(parts) > 1 else parts[0] if parts else None
        if plan.from_input:
            projected = once("output", lambda: self.projection(values, self.channels, ONLY[0], rng))
            output = projected if output is None else output + projected
        assert output is not None, "every cell feeds its output"
        return output, used

    def _vertex(
        self,
        values: Tensor,
        vertex: Vertex,
        results: dict[int, Tensor],
        rng: np.random.Generator | None,
        once: Callable[[Any, Callable[[], Tensor]], Tensor],
    ) -> Tensor:
        """Return the operation of a vertex on the sum of its inputs, of which it takes the first channels."""
        width = vertex.width
        inputs = [results[source][:, :width] for source in vertex.sources]
        if vertex.from_input:
            projection = self.projections[str(vertex.number)]
            inputs.append(once(("input", vertex.number, width), lambda: projection(values, width, ONLY[0], rng)))
        total = inputs[0]
        for other in inputs[1:]:
            total = total + other
        if vertex.operation == MAX_POOL:
            return max_pool(total)
        return cast(Tensor, self.operations[f"{vertex.number}/{vertex.operation}"](total, width, vertex.inputs, rng))


def max_pool(values: Tensor) -> Tensor:
    """Return the 3x3 maximum at stride 1 of [batch, channel, row, column].

    Without a gradient it is the maximum of shifted rows, then columns, four times as fast as PyTorch's on a CPU; the
    bits are the same.
    """
    if torch.is_grad_enabled() or not values.is_cpu:
        return functional.max_pool2d(values, 3, 1, 1)
    for axis in (2, 3):
        inner, length = values.clone(), values.shape[axis]
        for first, second in ((0, 1), (1, 0)):
            part = inner.narrow(axis, first, length - 1)
            torch.maximum(part, values.narrow(axis, second, length - 1), out=part)
        values = inner
    return values


class NB101Supernet(Supernet):
    """Stem, three stacks of cells, classifier. Source: Ying et al., NAS-Bench-101, section 2."""

    each_norm_once = True

    def __init__(self, space: Space, construct: NB101Net, norm: Norm, *, channels: int, classes: int) -> None:
        super().__init__()
        self._tracks, self._draws = norm.momentum is not None, construct.channels in RANDOM
        self.stem = nn.Conv2d(channels, construct.width, 3, padding=1, bias=False)
        self.stem_norm = NormLayer(construct.width, norm)
        self._cells = construct.cells
        cells, before = [], construct.width
        for stack in range(STACKS):
            for _ in range(construct.cells):
                cells.append(Cell(space, before, construct.width << stack, construct, norm))
                before = construct.width << stack
        self.stacked = nn.ModuleList(cells)
        self.classifier = nn.Linear(before, classes)
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor, choice: Choice) -> Tensor:
        return self._after_stem(self._stem(images), choice, None)[0]

    def on_images(self, images: Tensor) -> Callable[[Choice], Tensor]:
        """Reuse the stem, and the vertices of the first cell that compute the same as in the previous architecture.

        If training tracks statistics or draws channels nothing is reused, as every path must do so itself.
        """
        if self.training and (self._tracks or self._draws):
            return super().on_images(images)
        stem = self._stem(images)
        known: Memo = {}

        def logits(choice: Choice) -> Tensor:
            nonlocal known
            found, known = self._after_stem(stem, choice, known)
            return found

        return logits

    def _stem(self, images: Tensor) -> Tensor:
        return functional.relu(self.stem_norm(self.stem(images)))

    def _after_stem(self, values: Tensor, choice: Choice, known: Memo | None) -> tuple[Tensor, Memo]:
        if not isinstance(choice, tuple):
            kind = "cells that differ" if isinstance(choice, PerCell) else "mixed operations"
            raise RecipeError(f"a NAS-Bench-101 supernet takes one architecture, not {kind}; name one")
        rng = self.rng if self.training and self._draws else None
        used: Memo = {}
        for number, cell in enumerate(self.stacked):
            if number and number % self._cells == 0:
                values = functional.max_pool2d(values, 2)
            plan = plan_of(choice, cast(Cell, cell).channels)
            values, results = cell(values, plan, rng, known if number == 0 else None)
            used = results if number == 0 else used
        return in_float32(self.classifier, values.mean(dim=(2, 3))), used
