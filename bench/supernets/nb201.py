"""The NAS-Bench-201 supernet: one weight per (cell, edge, operation); node = sum of its edges."""

from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.errors import RecipeError
from bench.spaces import Space
from bench.spaces.nb201 import AVG_POOL, CONV_1X1, CONV_3X3, EDGES, NB201, SKIP
from bench.supernets import supernet
from bench.supernets.average_pool import average_pool
from bench.supernets.cuts import Cuts
from bench.supernets.net import Net
from bench.supernets.norm_layer import NormLayer
from bench.supernets.norms import Norm
from bench.supernets.pointwise import pointwise
from bench.types import Arch

KERNELS = {CONV_1X1: 1, CONV_3X3: 3}
"""Side of the kernel of each operation that has weights."""

RECTIFIED = (0, -1)
"""Where a memo keeps the ReLU of a node, which all convolutions that start there read."""

PREFIX = {0: 0, 1: 1, 2: 3}
"""How many leading genes decide the value of a node: none for the input, g01, then g01 g02 g12."""


@lru_cache(maxsize=20_000)
def live_genes(arch: Arch) -> Arch:
    """Return the architecture with dead edges set to `none`: those are never computed."""
    return tuple(int(gene) for gene in NB201().canonical(np.array([arch], dtype=np.int8))[0])


class Convolution(nn.Module):
    """Convolution and norm of a ReLU-Conv-BN operation; the caller applies the ReLU once per node."""

    def __init__(self, before: int, after: int, kernel: int, norm: Norm, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False)
        self.norm = NormLayer(after, norm)

    def forward(self, rectified: Tensor) -> Tensor:
        """Return the normalized convolution of an already rectified input."""
        if self.conv.kernel_size == (1, 1):
            return self.norm(pointwise(rectified, self.conv.weight))
        return self.norm(self.conv(rectified))


class Memo:
    """Results of edges whose source value is the same for every architecture with the same leading genes.

    Only the current prefix of each source node is kept, so memory does not grow with the architectures. With
    `cuts` only the average pool of the first node is shared, as each path goes backward on its own.
    """

    def __init__(self, cuts: Cuts | None = None) -> None:
        self.cuts = cuts
        self._prefix: dict[int, Arch] = {}
        self._values: dict[int, dict[tuple[int, int], Tensor]] = {}

    def shares(self, source: int, choice: int) -> bool:
        """Return whether several architectures may use the result of `choice` at `source`."""
        return self.cuts is None or (source == 0 and choice == AVG_POOL)

    def of(self, source: int, genes: Arch) -> dict[tuple[int, int], Tensor]:
        """Return what is known at `source` for these leading genes, by (edge, operation)."""
        prefix = genes[: PREFIX[source]]
        if self._prefix.get(source) != prefix:
            self._prefix[source], self._values[source] = prefix, {}
        return self._values[source]

    def cut(self, result: Tensor) -> Tensor:
        """Return the result as the architectures go on from it."""
        return result if self.cuts is None else self.cuts.leaf(result)


class Cell(nn.Module):
    """Four nodes; convolutions exist only for the operations that a decision may take."""

    def __init__(self, space: Space, channels: int, norm: Norm) -> None:
        super().__init__()
        self.operations = nn.ModuleDict(
            {
                f"{edge}/{choice}": Convolution(channels, channels, KERNELS[choice], norm)
                for edge, allowed in enumerate(space.allowed)
                for choice in allowed
                if choice in KERNELS
            }
        )

    def forward(self, values: Tensor, genes: Arch, memo: Memo | None = None) -> Tensor:
        """Return the cell's output for live `genes`; zeros where nothing reaches it."""
        nodes: list[Tensor | None] = [values, None, None, None]
        own = Memo()
        for edge, (source, target) in enumerate(EDGES):
            choice = genes[edge]
            if not choice:
                continue
            keeper = memo if memo and memo.shares(source, choice) else own
            known = keeper.of(source, genes)
            key = (edge if choice in KERNELS else 0, choice)  # what has no weights is the same on every edge
            result = known.get(key)
            if result is None:
                start = nodes[source]
                assert start is not None, "live genes reach every source"
                if choice == SKIP:
                    result = start
                elif choice == AVG_POOL:
                    result = keeper.cut(average_pool(start))
                else:
                    if RECTIFIED not in known:
                        known[RECTIFIED] = functional.relu(start)
                    result = self.operations[f"{edge}/{choice}"](known[RECTIFIED])
                known[key] = result
            before = nodes[target]
            nodes[target] = result if before is None else before + result
        output = nodes[3]
        return torch.zeros_like(values) if output is None else output


class ResidualReduction(nn.Module):
    """The benchmark's residual block: halves the resolution and doubles the channels."""

    def __init__(self, before: int, after: int, norm: Norm) -> None:
        super().__init__()
        self.first = Convolution(before, after, 3, norm, stride=2)
        self.second = Convolution(after, after, 3, norm)
        self.shortcut = nn.Conv2d(before, after, 1, bias=False)

    def forward(self, values: Tensor) -> Tensor:
        """Return [batch, after, height / 2, width / 2]."""
        main = self.second(functional.relu(self.first(functional.relu(values))))
        return main + pointwise(functional.avg_pool2d(values, 2), self.shortcut.weight)


class PooledReduction(nn.Module):
    """The residual block's shortcut alone, normalized: all depth is then in the cells."""

    def __init__(self, before: int, after: int, norm: Norm) -> None:
        super().__init__()
        self.shortcut = nn.Conv2d(before, after, 1, bias=False)
        self.norm = NormLayer(after, norm)

    def forward(self, values: Tensor) -> Tensor:
        """Return [batch, after, height / 2, width / 2]."""
        return self.norm(pointwise(functional.avg_pool2d(values, 2), self.shortcut.weight))


REDUCTIONS = {"residual": ResidualReduction, "pooled": PooledReduction}


class Supernet(supernet.Supernet):
    """Stem, three stages of cells with a reduction before the second and third, classifier.

    Source: Dong & Yang, NAS-Bench-201, section 2; average pooling does not count padding.
    Differs from the paper: a convolution that no signal reaches is left out, where an affine norm would add its
    bias; `net.reduction="pooled"` leaves out the convolutions of the reductions.
    """

    def __init__(self, space: Space, net: Net, norm: Norm, *, channels: int, classes: int, resolution: int) -> None:
        super().__init__()
        if resolution % 4:
            raise RecipeError(f"net.resolution is {resolution}; allowed: a multiple of 4, as two reductions halve it")
        assert net.width is not None, "the preset fills in the width"
        assert net.cells is not None, "the preset fills in the cells"
        self.tracks = norm.momentum is not None
        widths = [net.width, 2 * net.width, 4 * net.width]
        self.stem = Convolution(channels, widths[0], 3, norm)
        stages = [nn.ModuleList(Cell(space, width, norm) for _ in range(net.cells)) for width in widths]
        self.stages = nn.ModuleList(stages)
        reduction = REDUCTIONS[net.reduction or "residual"]
        self.reductions = nn.ModuleList(reduction(a, b, norm) for a, b in pairwise(widths))
        self.last_norm = NormLayer(widths[-1], norm)
        self.classifier = nn.Linear(widths[-1], classes)
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor, arch: Arch) -> Tensor:
        return self._after_stem(self.stem(images), live_genes(arch), None)

    def on_images(self, images: Tensor, cuts: Cuts | None = None) -> Callable[[Arch], Tensor]:
        """Keep the stem and the first cell's edges that architectures with equal leading genes share.

        Where training tracks statistics nothing is kept, as every path moves them; with `cuts` only the stem and its
        average pool are.
        """
        if self.training and self.tracks:
            return super().on_images(images, cuts)
        memo = Memo(cuts)
        values = memo.cut(self.stem(images))
        return lambda arch: self._after_stem(values, live_genes(arch), memo)

    def _after_stem(self, values: Tensor, genes: Arch, memo: Memo | None) -> Tensor:
        for stage in range(len(self.stages)):
            if stage:
                values = self.reductions[stage - 1](values)
            for index, cell in enumerate(self.stages[stage].children()):
                values = cell(values, genes, memo if stage == index == 0 else None)
        pooled = functional.relu(self.last_norm(values)).mean(dim=(2, 3))
        return self.classifier(pooled)
