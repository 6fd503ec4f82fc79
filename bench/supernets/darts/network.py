"""The DARTS supernet: one weight per (cell, node, input, operation); node = sum of two operations."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.errors import RecipeError
from bench.spaces import Space
from bench.spaces.darts import INPUTS, NODES, NONE, OPERATIONS, PAIRS, CellShape, Darts, cell_shapes
from bench.supernets.darts import DartsNet
from bench.supernets.darts.operations import Project, operation
from bench.supernets.layers.norm_layer import NormLayer
from bench.supernets.layers.precision import in_float32
from bench.supernets.layers.supernet import Supernet
from bench.supernets.norms import Norm
from bench.types import Arch, Choice, Mixture

MOST_KEPT = 2**27
"""Bytes of results that architectures share on a batch; what is beyond is computed again."""

Key = tuple[int, ...]


@lru_cache(maxsize=20_000)
def live_genes(arch: Arch) -> Arch:
    """Return the canonical architecture: dead pairs are `none`, so that they are not computed, in a fixed order."""
    return tuple(int(gene) for gene in Darts().canonical(np.array([arch], dtype=np.int8))[0])


def from_stem(number: int, source: int) -> bool:
    """Return whether an input (0 or 1) of a cell is the stem's output, which no architecture changes."""
    return number + source < INPUTS


class Memo:
    """Results that depend on no architecture, by (cell, node, input, operation) or (cell, input)."""

    def __init__(self) -> None:
        self.values: dict[Key, Tensor] = {}
        self.bytes = 0

    def of(self, key: Key, compute: Callable[[], Tensor]) -> Tensor:
        """Return the result of `key`, computed if it is not known; kept while there is room."""
        found = self.values.get(key)
        if found is None:
            found = compute()
            if (size := found.nbytes) + self.bytes <= MOST_KEPT:
                self.values[key] = found
                self.bytes += size
        return found


class Cell(nn.Module):
    """Two projected inputs and four nodes; operations exist only where a decision allows them."""

    def __init__(self, space: Space, shape: CellShape, norm: Norm, construct: DartsNet) -> None:
        super().__init__()
        channels = shape.channels
        self.first = PAIRS if shape.reduces else 0
        """The first decision of the cell's kind."""
        self.reduces = shape.reduces
        self.project = nn.ModuleList(
            Project(before, channels, norm, halves=shape.after_reduction and source == 0)
            for source, before in enumerate(shape.before)
        )
        self.operations = nn.ModuleDict()
        for node in range(NODES):
            decision = self.first + 2 * node
            for gene in sorted({*space.allowed[decision], *space.allowed[decision + 1]}):
                source, choice = divmod(gene, len(OPERATIONS))
                if choice != NONE:
                    self.operations[f"{node}-{source}/{choice}"] = operation(
                        choice,
                        channels,
                        norm,
                        stride=2 if shape.reduces and source < INPUTS else 1,
                        pools_normalized=construct.pools == "normalized",
                    )
        self.channels = channels

    def forward(self, inputs: list[Tensor], genes: Arch, number: int, memo: Memo) -> Tensor:
        """Return the four nodes, joined, of live `genes`; `inputs` are the outputs of the two cells before.

        Results on the stem's output are taken from `memo`, under the cell's `number`.
        """
        states: list[Tensor | None] = [self.projected(inputs, source, number, memo) for source in range(INPUTS)]
        rectified: dict[int, Tensor] = {}
        nodes: list[Tensor | None] = []
        for node in range(NODES):
            total: Tensor | None = None
            pair = genes[self.first + 2 * node : self.first + 2 * node + 2]
            results: dict[int, Tensor] = {}
            for gene in pair:
                source, choice = divmod(gene, len(OPERATIONS))
                if choice == NONE:
                    continue
                if gene not in results:
                    results[gene] = self.result(states, rectified, (number, node, source, choice), memo)
                total = results[gene] if total is None else total + results[gene]
            nodes.append(total)
            states.append(total)
        return torch.cat([self.zeros(inputs[1]) if node is None else node for node in nodes], dim=1)

    def projected(self, inputs: list[Tensor], source: int, number: int, memo: Memo) -> Tensor:
        """Return an input of the cell with the channels of its nodes."""

        def compute() -> Tensor:
            return self.project[source](inputs[source], functional.relu(inputs[source]))

        return memo.of((number, source), compute) if from_stem(number, source) else compute()

    def result(
        self, states: list[Tensor | None], rectified: dict[int, Tensor], key: tuple[int, int, int, int], memo: Memo
    ) -> Tensor:
        """Return an operation, named by `key` (cell, node, input, operation), on its input."""
        number, node, source, choice = key

        def compute() -> Tensor:
            state = states[source]
            assert state is not None, "live genes have a signal at every input"
            if source not in rectified:
                rectified[source] = functional.relu(state)
            return self.operations[f"{node}-{source}/{choice}"](state, rectified[source])

        return memo.of(key, compute) if source < INPUTS and from_stem(number, source) else compute()

    def mixed(self, inputs: list[Tensor], mixture: Mixture) -> Tensor:
        """Return the nodes, joined, each the sum of the mixture's operations times their weights.

        A choice of both decisions of a node has the sum of its two weights. Differs from `forward` for one-hot
        weights: with an affine norm, an operation that no signal reaches still adds its bias.
        """
        states = [self.project[source](inputs[source], functional.relu(inputs[source])) for source in range(INPUTS)]
        for node in range(NODES):
            decision = self.first + 2 * node
            both = mixture.weights[decision] + mixture.weights[decision + 1]
            kept = range(len(both)) if mixture.only is None else mixture.only[decision : decision + 2]
            others = [index for index in range(len(both)) if index not in kept]
            total = self.zeros(inputs[1]) + both[others].sum()
            for source, state in enumerate(states):
                rectified = functional.relu(state)
                for choice in range(len(OPERATIONS)):
                    name, index = f"{node}-{source}/{choice}", source * len(OPERATIONS) + choice
                    if name in self.operations and index in kept:
                        total = total + both[index] * self.operations[name](state, rectified)
            states.append(total)
        return torch.cat(states[INPUTS:], dim=1)

    def zeros(self, before: Tensor) -> Tensor:
        """Return a node without a signal, for a cell after `before`."""
        batch, _, rows, columns = before.shape
        scale = 1 + self.reduces
        shape = (batch, self.channels, rows // scale, columns // scale)
        return before.new_zeros(shape).contiguous(memory_format=torch.channels_last)


class DartsSupernet(Supernet):
    """Stem, cells, average pooling and classifier; the auxiliary head of the paper is left out.

    Source: Liu et al., DARTS (ICLR 2019), and its code. Differs from the paper: a sub-network has two operations per
    node, not a mixture, unless the choice is one; an operation that no signal reaches is left out, although an affine
    norm would add its bias.
    """

    each_norm_once = True

    def __init__(self, space: Space, construct: DartsNet, norm: Norm, *, channels: int, classes: int) -> None:
        super().__init__()
        self.tracks = norm.momentum is not None
        shapes = cell_shapes(construct.width, construct.layers)
        self.stem = nn.Conv2d(channels, 3 * construct.width, 3, padding=1, bias=False)
        self.stem_norm = NormLayer(3 * construct.width, norm)
        self.stack = nn.ModuleList(Cell(space, shape, norm, construct) for shape in shapes)
        self.classifier = nn.Linear(NODES * shapes[-1].channels, classes)
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor, choice: Choice) -> Tensor:
        return self._after_stem(self.stem_norm(self.stem(images)), choice, Memo())

    def on_images(self, images: Tensor) -> Callable[[Choice], Tensor]:
        """Reuse the stem and, in the first two cells, what depends on the stem alone.

        These are the projections and operations of the first cell's inputs and of the second cell's first input. If
        training tracks statistics nothing is reused, as every path must update them.
        """
        if self.training and self.tracks:
            return super().on_images(images)
        values, memo = self.stem_norm(self.stem(images)), Memo()
        return lambda choice: self._after_stem(values, choice, memo)

    def _after_stem(self, values: Tensor, choice: Choice, memo: Memo) -> Tensor:
        if not isinstance(choice, tuple | Mixture):
            raise RecipeError(
                f"a DARTS supernet takes one architecture or a mixture, not a {type(choice).__name__}; name one"
            )
        inputs = [values, values]
        for number, cell in enumerate(self.stack):
            assert isinstance(cell, Cell)
            if isinstance(choice, Mixture):
                output = cell.mixed(inputs, choice)
            else:
                output = cell(inputs, live_genes(choice), number, memo)
            inputs = [inputs[1], output]
        return in_float32(self.classifier, inputs[1].mean(dim=(2, 3)))
