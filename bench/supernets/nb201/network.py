"""The NAS-Bench-201 supernet: one weight per (cell, edge, operation); node = sum of its edges."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.errors import RecipeError
from bench.spaces import Space
from bench.spaces.nb201 import AVG_POOL, CONV_1X1, CONV_3X3, EDGES, NB201, NONE, OPERATIONS, SKIP
from bench.supernets.layers.average_pool import average_pool
from bench.supernets.layers.dropout import dropped
from bench.supernets.layers.norm_layer import NormLayer
from bench.supernets.layers.pointwise import Pointwise, pointwise
from bench.supernets.layers.precision import in_float32
from bench.supernets.layers.supernet import Supernet
from bench.supernets.nb201 import STAGES, NB201Net
from bench.supernets.nb201.partial import PartialChannels
from bench.supernets.nb201.together import Together
from bench.supernets.norms import Norm
from bench.types import Arch, Choice, Copied, Mixture, PerCell

KERNELS = {CONV_1X1: 1, CONV_3X3: 3}
"""Kernel size of each operation that has weights."""

Drop = Callable[[Tensor], Tensor]

RECTIFIED = (0, -1)
"""Key of a node's ReLU among the known results; all convolutions that start at the node read it."""

PREFIX = {0: 0, 1: 1, 2: 3}
"""Number of leading genes that determine the value of a node: none for the input, g01, then g01 g02 g12."""


@lru_cache(maxsize=20_000)
def live_genes(arch: Arch) -> Arch:
    """Return the architecture with dead edges set to `none`, so that they are not computed."""
    return tuple(int(gene) for gene in NB201().canonical(np.array([arch], dtype=np.int8))[0])


def input_sets(source: int) -> list[str]:
    """Return a name for every set of live edges into a node: one for the input node, 2^node - 1 for the others."""
    return [f"{source}-{bits}" for bits in range(1, 2**source)] or [f"{source}-0"]


class Convolution(nn.Module):
    """Convolution and norm of a ReLU-Conv-BN operation; the caller applies the ReLU once per node."""

    def __init__(
        self, before: int, after: int, kernel: int, norm: Norm, stride: int = 1, sets: Iterable[str] = ("all",)
    ) -> None:
        super().__init__()
        self.conv: Any = (
            Pointwise(before, after)
            if kernel == 1
            else nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False)
        )
        self.per_inputs = norm.per_inputs
        self.norm: Any = (
            nn.ModuleDict({name: NormLayer(after, norm) for name in sets})
            if norm.per_inputs
            else NormLayer(after, norm)
        )

    def forward(self, rectified: Tensor, inputs: str = "all", rows: int = 1) -> Tensor:
        """Return the normalized convolution of a rectified input; `inputs` names the live edges into its node."""
        convolved = self.conv(rectified)
        return self.norm[inputs](convolved, rows) if self.per_inputs else self.norm(convolved, rows)


class CentreKernel(nn.Module):
    """A 1x1 convolution whose weight is the centre of a 3x3 kernel, times a learned factor if `transformed`."""

    def __init__(self, whole: nn.Conv2d, transformed: bool) -> None:
        super().__init__()
        self._whole = (whole,)  # in a tuple, so that the weight is not registered a second time
        self.factor = nn.Parameter(torch.ones(())) if transformed else None

    def forward(self, rectified: Tensor) -> Tensor:
        """Return the convolution of [batch, channel, height, width]."""
        weight = self._whole[0].weight[:, :, 1:2, 1:2]
        return pointwise(rectified, weight if self.factor is None else self.factor * weight)


class Memo:
    """Results of edges, reused by architectures with the same leading genes, whose source values are equal.

    Only the current prefix of each source node is kept, so memory does not grow with the architectures.
    """

    def __init__(self) -> None:
        self._prefix: dict[int, Arch] = {}
        self._values: dict[int, dict[tuple[int, int], Tensor]] = {}

    def __len__(self) -> int:
        return sum(len(known) for known in self._values.values())

    def of(self, source: int, genes: Arch) -> dict[tuple[int, int], Tensor]:
        """Return the known results at `source` for these leading genes, by (edge, operation)."""
        prefix = genes[: PREFIX[source]]
        if self._prefix.get(source) != prefix:
            self._prefix[source], self._values[source] = prefix, {}
        return self._values[source]


class Cell(nn.Module):
    """Four nodes; convolutions exist only for allowed operations."""

    def __init__(self, space: Space, channels: int, norm: Norm, construct: NB201Net) -> None:
        super().__init__()
        self.allowed, self.partial = space.allowed, PartialChannels(construct, channels)
        channels = self.partial.kept
        self.names: dict[tuple[int, int], str] = {}
        sets: dict[tuple[int, int], list[str]] = {}
        for edge, (source, target) in enumerate(EDGES):
            place = target if construct.operations_on == "node" else edge
            for choice in space.allowed[edge]:
                if choice in KERNELS or OPERATIONS[choice] in construct.linear_transformers:
                    self.names[edge, choice] = f"{place}/{choice}"
                    sets.setdefault((place, choice), []).extend(input_sets(source))
        built: dict[tuple[int, int], nn.Module] = {
            (place, choice): Convolution(channels, channels, KERNELS[choice], norm, sets=inputs)
            if choice in KERNELS
            else Pointwise(channels, channels)
            for (place, choice), inputs in sets.items()
        }
        for (place, choice), operation in built.items():
            if choice == CONV_1X1 and construct.kernel_1x1 != "own":
                whole = cast(Convolution, built[place, CONV_3X3]).conv
                cast(Convolution, operation).conv = CentreKernel(whole, construct.kernel_1x1 == "transformed-centre")
        self.operations = nn.ModuleDict({f"{place}/{choice}": built[place, choice] for place, choice in built})

    def forward(self, values: Tensor, genes: Arch, memo: Memo | None = None, drop: Drop | None = None) -> Tensor:
        """Return the cell's output for live `genes`; zeros if no path reaches it."""
        nodes: list[Tensor | None] = [values, None, None, None]
        inputs = [0, 0, 0, 0]
        here: list[dict[tuple[int, int], Tensor]] = [{}, {}, {}]
        for edge, (source, target) in enumerate(EDGES):
            choice = genes[edge]
            if not choice:
                continue
            known = here[source] if memo is None else memo.of(source, genes)
            name = self.names.get((edge, choice), "")
            key = (edge if name else 0, choice)  # an operation without weights gives the same result on every edge
            result = known.get(key)
            if result is None:
                start = nodes[source]
                assert start is not None, "live genes reach every source"
                if choice in KERNELS and RECTIFIED not in known:
                    known[RECTIFIED] = functional.relu(start)
                result = self.operate(name, choice, known.get(RECTIFIED, start), start, f"{source}-{inputs[source]}")
                known[key] = result
            if drop and choice != SKIP:
                result = drop(result)
            inputs[target] |= 1 << source
            before = nodes[target]
            nodes[target] = result if before is None else before + result
        output = nodes[3]
        return torch.zeros_like(values) if output is None else output

    def mixed(self, values: Tensor, mixture: Mixture, drop: Drop | None = None) -> Tensor:
        """Return the cell's output with the operations of each edge, multiplied by the mixture's weights.

        Differs from `forward` for one-hot weights: with an affine norm, a convolution that no signal reaches still
        adds its bias.
        """
        nodes, weights = [values], mixture.weights
        for target in range(1, 4):
            total = torch.zeros_like(values)
            for edge, (source, _) in ((edge, ends) for edge, ends in enumerate(EDGES) if ends[1] == target):
                start, rectified = nodes[source], functional.relu(nodes[source])
                computed, others = mixture.parts(edge, self.allowed[edge])
                mixed = (total if self.partial.whole else torch.zeros_like(self.partial.of(start))) + others
                for choice in computed:
                    if choice == NONE:
                        continue
                    name = self.names.get((edge, choice), "")
                    result = self._on_part(name, choice, rectified, start, input_sets(source)[-1])
                    result = drop(result) if drop and choice != SKIP else result
                    mixed = mixed + weights[edge, choice] * result
                beside = 1.0 if mixture.beside is None else mixture.beside[edge]
                total = mixed if self.partial.whole else total + self.partial.joined(mixed, start, beside)
            nodes.append(total)
        return nodes[3]

    def operate(self, name: str, choice: int, rectified: Tensor, start: Tensor, inputs: str, rows: int = 1) -> Tensor:
        """Return an operation on a node; `inputs` names the edges into that node, which has `rows` of images."""
        return self.partial.joined(self._on_part(name, choice, rectified, start, inputs, rows), start)

    def _on_part(self, name: str, choice: int, rectified: Tensor, start: Tensor, inputs: str, rows: int = 1) -> Tensor:
        """Return an operation on the channels on which it acts."""
        if choice in KERNELS:
            return self.operations[name](self.partial.of(rectified), inputs, rows)
        part = self.partial.of(start)
        result = average_pool(part) if choice == AVG_POOL else part
        return self.operations[name](result) if name else result


class ResidualReduction(nn.Module):
    """The benchmark's residual block: halves the resolution and doubles the channels."""

    def __init__(self, before: int, after: int, norm: Norm) -> None:
        super().__init__()
        self.first = Convolution(before, after, 3, norm, stride=2)
        self.second = Convolution(after, after, 3, norm)
        self.shortcut = Pointwise(before, after)

    def forward(self, values: Tensor, rows: int = 1) -> Tensor:
        """Return [batch, after, height / 2, width / 2]."""
        main = self.second(functional.relu(self.first(functional.relu(values), rows=rows)), rows=rows)
        return main + self.shortcut(functional.avg_pool2d(values, 2))


class PooledReduction(nn.Module):
    """Only the residual block's shortcut, normalized, so that all depth is in the cells."""

    def __init__(self, before: int, after: int, norm: Norm) -> None:
        super().__init__()
        self.shortcut = Pointwise(before, after)
        self.norm = NormLayer(after, norm)

    def forward(self, values: Tensor, rows: int = 1) -> Tensor:
        """Return [batch, after, height / 2, width / 2]."""
        return self.norm(self.shortcut(functional.avg_pool2d(values, 2)), rows)


REDUCTIONS = {"residual": ResidualReduction, "pooled": PooledReduction}


class NB201Supernet(Supernet):
    """Stem, three stages of cells with a reduction before the second and third, classifier.

    Source: Dong & Yang, NAS-Bench-201, section 2; average pooling does not count padding.
    Differs from the paper: a convolution that no signal reaches is left out, although an affine norm would add its
    bias; `reduction="pooled"` leaves out the 3x3 convolutions of the reductions.
    """

    def __init__(self, space: Space, construct: NB201Net, norm: Norm, *, channels: int, classes: int) -> None:
        super().__init__()
        self.tracks = norm.momentum is not None
        self._per_inputs = norm.per_inputs
        self.each_norm_once = construct.operations_on == "edge"
        widths = [construct.width * 2**stage for stage in range(STAGES)]
        self.stem = Convolution(channels, widths[0], 3, norm)
        self.stages = nn.ModuleList(
            nn.ModuleList(Cell(space, width, norm, construct) for _ in range(construct.cells)) for width in widths
        )
        self.cells = STAGES * construct.cells
        self._path_dropout, self._global_dropout = construct.path_dropout, construct.global_dropout
        reduction = REDUCTIONS[construct.reduction]
        self.reductions = nn.ModuleList(reduction(a, b, norm) for a, b in pairwise(widths))
        self.last_norm = NormLayer(widths[-1], norm)
        self.classifier = nn.Linear(widths[-1], classes)
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor, choice: Choice) -> Tensor:
        return self._after_stem(self.stem(images), choice, None)

    def on_images(self, images: Tensor) -> Callable[[Choice], Tensor]:
        """Reuse the stem, and the first cell's edges among architectures with equal leading genes.

        If training tracks statistics nothing is reused, as every path must update them.
        """
        if self.training and self.tracks:
            return super().on_images(images)
        values, memo = self.stem(images), Memo()
        return lambda choice: self._after_stem(values, choice, memo)

    def many_on_images(self, images: Tensor) -> Callable[[Sequence[Arch]], Tensor]:
        """Call each operation once for all cells that use it; one cell at a time if norms differ by their inputs."""
        if self.training or self._per_inputs:
            return super().many_on_images(images)
        together = Together(self, images)
        return lambda archs: together.logits(archs, np.array([live_genes(arch) for arch in archs], dtype=np.int8))

    def _per_cell(self, choice: Choice) -> list[Arch | Mixture]:
        """Return the live genes of every cell, or the mixture of its operations."""
        if isinstance(choice, Mixture):
            return [choice] * self.cells
        if isinstance(choice, PerCell):
            return [live_genes(arch) for arch in choice.archs]
        if isinstance(choice, Copied):
            raise RecipeError("a supernet without copies takes no copies; name an architecture")
        return [live_genes(choice)] * self.cells

    def _after_stem(self, values: Tensor, choice: Choice, memo: Memo | None) -> Tensor:
        chosen, number = self._per_cell(choice), 0
        for stage in range(len(self.stages)):
            if stage:
                values = self.reductions[stage - 1](values)
            for cell in cast(nn.ModuleList, self.stages[stage]):
                own, drop = chosen[number], self._drop(number)
                if isinstance(own, Mixture):
                    values = cast(Cell, cell).mixed(values, own, drop)
                else:
                    values = cell(values, own, memo if number == 0 else None, drop)
                number += 1
        pooled = functional.relu(self.last_norm(values)).mean(dim=(2, 3))
        if self.training and self._global_dropout:
            pooled = dropped(pooled, self._global_dropout, self._masks(), per_image=False)
        return in_float32(self.classifier, pooled)

    def _drop(self, number: int) -> Drop | None:
        """Return the path dropout of a cell, None without one."""
        if not (self.training and self._path_dropout):
            return None
        rate = self._path_dropout * (number + 1) / self.cells
        return partial(dropped, rate=rate, rng=self._masks(), per_image=True)

    def _masks(self) -> np.random.Generator:
        assert self.rng is not None, "the training sets the stream of masks"
        return self.rng
