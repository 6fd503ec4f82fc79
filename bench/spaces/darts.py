"""DARTS: a normal and a reduction cell of four nodes, each the sum of two operations on earlier states."""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import prod
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from bench.allowed import Maybe, OneOf, Several, Text
from bench.errors import DataError, RecipeError, shown, unknown_name
from bench.slot import setting
from bench.spaces import Space
from bench.types import Arch, Flags, Genes, PerArch

OPERATIONS = (
    "none",
    "max_pool_3x3",
    "avg_pool_3x3",
    "skip_connect",
    "sep_conv_3x3",
    "sep_conv_5x5",
    "dil_conv_3x3",
    "dil_conv_5x5",
)
NONE, MAX_POOL, AVG_POOL, SKIP, SEP_3X3, SEP_5X5, DIL_3X3, DIL_5X5 = range(8)
KERNELS = {SEP_3X3: 3, SEP_5X5: 5, DIL_3X3: 3, DIL_5X5: 5}
"""Kernel size of each convolution; a separable one is two depthwise ones, each with a 1x1, a dilated one is one."""
NODES, INPUTS = 4, 2
CELLS = ("normal", "reduction")
PAIRS = 2 * NODES
"""(operation, input) pairs of a cell."""
CHOICES = tuple(
    tuple(f"{name}@{source}" for source in range(INPUTS + node) for name in OPERATIONS)
    for _ in CELLS
    for node in range(NODES)
    for _ in range(2)
)
"""The choices of each decision; the operation of a choice is its index modulo 8, its input the quotient."""
CONCAT = r"(?:range\(2,6\)|[\[(]2,3,4,5,?[\])])"
PAIR = r"\('(\w*)',(\d+)\)"
GENOTYPE = re.compile(
    rf"Genotype\(normal=\[(.*?)\],?normal_concat=({CONCAT}|[^=]*),reduce=\[(.*?)\],?reduce_concat=({CONCAT}|[^=]*?),?\)"
)
EXAMPLE = "Genotype(normal=[('sep_conv_3x3', 0), ...], normal_concat=range(2, 6), reduce=[...], reduce_concat=...)"


@dataclass(frozen=True, kw_only=True)
class Darts(Space):
    """DARTS: a normal and a reduction cell, four nodes each, two of eight operations into every node.

    A decision is one (operation, input) pair; the decisions are node by node those of the normal, then those of the
    reduction cell. Inputs 0 and 1 are the outputs of the two cells before, input k + 2 is node k. A cell's output is
    the concatenation of its four nodes.

    String: eight pairs `op@input` per cell, two for each node, the cells separated by ` | `. The genotype text of the
    paper's code is read too, `Genotype(normal=[('sep_conv_3x3', 0), ...], normal_concat=[2, 3, 4, 5], ...)`.

    `mask` names operations removed from training, prediction and table. `inputs`: the two pairs of a node have
    "distinct" inputs, as in every genotype that DARTS derives, or "any", also equal ones. Of the two published tables,
    the 214 genotypes have distinct inputs and no `none`; the 1,000 cells have `none`, and equal inputs in a third of
    their nodes, so that the whole space allows both. `fixed` leaves a single architecture.

    Sampling is uniform over ordered pairs. With distinct inputs it is therefore uniform over cells too, as each has
    256 orders of its pairs; with any inputs a node of two equal pairs is half as frequent as one of two different ones.
    Source: Liu et al., DARTS (ICLR 2019).

    >>> f"{Darts().size:.3g}", f"{Darts(mask=('none',), inputs='distinct').size:.3g}"
    ('5.84e+22', '2.76e+20')
    """

    mask: tuple[str, ...] = setting((), Several(Text()))
    inputs: str = setting("any", OneOf(("any", "distinct")))
    fixed: str | None = setting(None, Maybe(Text(), "every architecture"))

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in self.mask:
            if name not in OPERATIONS:
                raise unknown_name("darts operation", name, OPERATIONS, "mask=(...) takes these names")
        if len(set(self.mask)) != len(self.mask) or set(self.mask) == set(OPERATIONS):
            raise RecipeError(f"mask={self.mask}: name each operation at most once and leave at least one")
        if self.fixed is not None and not self.valid(np.array([self.parse(self.fixed)], dtype=np.int8))[0]:
            raise RecipeError(
                f"darts.fixed is '{shown(self.fixed)}', which has a node with twice the same input; allowed with "
                "inputs='distinct': two different inputs for each node"
            )

    @property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        return CHOICES

    @property
    def allowed(self) -> tuple[tuple[int, ...], ...]:
        if self.fixed is not None:
            return tuple((choice,) for choice in self.parse(self.fixed))
        kept = [index for index, name in enumerate(OPERATIONS) if name not in self.mask]
        return tuple(tuple(c for c in range(len(names)) if c % len(OPERATIONS) in kept) for names in CHOICES)

    @property
    def nodes(self) -> tuple[int, ...]:
        return tuple(decision // 2 for decision in range(len(CHOICES)))

    def edges(self) -> Int[np.ndarray, "decision choice"]:
        """Return the edge of each choice, from an input to a node; both pairs of a node have the same edges.

        >>> Darts().edges()[2:4, 7:9].tolist(), int(Darts().edges().max())
        ([[2, 3], [2, 3]], 27)
        """
        found = np.full((len(CHOICES), len(CHOICES[PAIRS - 1])), -1)
        before = 0
        for decision in range(0, len(CHOICES), 2):
            count = len(CHOICES[decision])
            found[decision : decision + 2, :count] = before + np.arange(count) // len(OPERATIONS)
            before += count // len(OPERATIONS)
        return found

    @property
    def size(self) -> int:
        if self.fixed is not None or self.inputs == "any":
            return self.combinations
        kept = len(OPERATIONS) - len(self.mask)
        return prod(kept**2 * (INPUTS + node) * (INPUTS + node - 1) for node in range(NODES)) ** len(CELLS)

    def valid(self, genes: Genes) -> Flags:
        """Return which architectures have two different inputs at every node; all, where any inputs are allowed."""
        if self.inputs == "any":
            return np.ones(len(genes), dtype=bool)
        inputs = genes // len(OPERATIONS)
        different: Flags = np.not_equal(inputs[:, 0::2], inputs[:, 1::2]).all(axis=1)
        return different

    def parse(self, text: str) -> Arch:
        """Return the choice of each pair.

        >>> Darts().parse(" | ".join(["skip_connect@0 none@1 " * 4] * 2))[:4]
        (3, 8, 3, 8)
        """
        return tuple(gene for cell, pairs in zip(CELLS, _cells(text), strict=True) for gene in _genes(cell, pairs))

    def spell(self, arch: Arch) -> str:
        names = [CHOICES[decision][choice] for decision, choice in enumerate(arch)]
        return " | ".join((" ".join(names[:PAIRS]), " ".join(names[PAIRS:])))

    def live(self, genes: Genes) -> np.ndarray:
        """Return which pairs carry a signal from an input of their cell, bool [arch, decision].

        Every node is part of its cell's output, so that a pair whose input has a signal is needed.
        """
        used, inputs = genes % len(OPERATIONS) != NONE, genes // len(OPERATIONS)
        found = np.zeros(genes.shape, dtype=bool)
        rows = np.arange(len(genes))
        for start in (0, PAIRS):
            reached = np.zeros((len(genes), INPUTS + NODES), dtype=bool)
            reached[:, :INPUTS] = True
            for node in range(NODES):
                for pair in (start + 2 * node, start + 2 * node + 1):
                    found[:, pair] = used[:, pair] & reached[rows, inputs[:, pair]]
                    reached[:, INPUTS + node] |= found[:, pair]
        return found

    def canonical(self, genes: Genes) -> Genes:
        """Return the genes with every dead pair set to `none@0` and the two pairs of each node in ascending order.

        The same nodes in another order are not merged: they compute the same up to the order of output channels, but
        with other weights of a supernet.
        """
        pairs = np.where(self.live(genes), genes, np.int8(NONE)).reshape(len(genes), -1, 2)
        return np.ascontiguousarray(np.sort(pairs, axis=2).reshape(genes.shape))

    def connected(self, genes: Genes) -> Flags:
        """Return which architectures have a signal at a node of the normal and of the reduction cell."""
        live = self.live(genes)
        both: Flags = np.logical_and(live[:, :PAIRS].any(axis=1), live[:, PAIRS:].any(axis=1))
        return both

    def extremes(self) -> Genes:
        """Return the architectures with the fewest and the most parameters, without `none` unless nothing else is."""
        prices = stand_alone(36, 20).params
        ends: list[list[int]] = [[], []]
        for decision in range(0, 2 * PAIRS, 2):
            both = list(product(self.allowed[decision], self.allowed[decision + 1]))
            genes = np.zeros((len(both), 2 * PAIRS), dtype=np.int8)
            genes[:, decision : decision + 2] = both
            operations, inputs = np.divmod(genes[:, decision : decision + 2], len(OPERATIONS))[::-1]
            kept = (inputs[:, 0] != inputs[:, 1]) | (self.inputs == "any")
            passing = kept & (operations != NONE).all(axis=1)
            kept = passing if passing.any() else kept
            found = prices[int(decision >= PAIRS), (inputs < INPUTS).astype(int), operations].sum(axis=1)
            ends[0] += both[np.where(kept, found, np.inf).argmin()]
            ends[1] += both[np.where(kept, found, -np.inf).argmax()]
        return np.array(ends, dtype=np.int8)

    def costs(self, genes: Genes) -> dict[str, PerArch]:
        """Return `params`, `live-params` (counts) and `flops` (multiply-adds at 32x32) of the evaluation network.

        That is 20 cells of width 36 for ten classes, without the auxiliary head.
        """
        params, flops = stand_alone_costs(genes)
        live = stand_alone_costs(self.canonical(genes))[0]
        return {"params": params, "live-params": live, "flops": flops}


def _cells(text: str) -> list[list[str]]:
    """Return the pairs of both cells as texts `op@input`; raises `DataError` for another format."""
    if "Genotype" not in text:
        cells = text.split("|")
        if len(cells) != len(CELLS):
            raise DataError(
                f"'{text}' has {len(cells)} cells joined by '|', expected the normal and the reduction cell: "
                "op@input ... | op@input ..."
            )
        return [cell.split() for cell in cells]
    found = GENOTYPE.fullmatch(re.sub(r"\s", "", text).replace('"', "'"))
    if not found:
        raise DataError(f"'{text}' is no genotype; expected {EXAMPLE}")
    lists, concats = found.groups()[0::2], found.groups()[1::2]
    for name, concat in zip(CELLS, concats, strict=True):
        if not re.fullmatch(CONCAT, concat):
            raise DataError(f"'{text}': the {name} cell concatenates {concat}; this space has all four nodes, 2 to 5")
    for name, cell in zip(CELLS, lists, strict=True):
        if not re.fullmatch(rf"({PAIR},)*({PAIR})?", cell):
            raise DataError(f"'{text}': the {name} cell is '[{cell}]', expected [('sep_conv_3x3', 0), ...]")
    return [[f"{name}@{source}" for name, source in re.findall(PAIR, cell)] for cell in lists]


def _genes(cell: str, pairs: list[str]) -> list[int]:
    """Return the choices of a cell's pairs; raises `DataError` naming the pair."""
    if len(pairs) != PAIRS:
        raise DataError(f"the {cell} cell has {len(pairs)} pairs op@input, expected {PAIRS}, two for each node")
    genes = []
    for place, pair in enumerate(pairs):
        name, _, source = pair.partition("@")
        where, inputs = f"the {cell} cell's pair {place + 1}, '{shown(pair)}'", INPUTS + place // 2
        if name not in OPERATIONS:
            raise DataError(f"{where}: unknown operation '{shown(name)}'; allowed: {', '.join(OPERATIONS)}")
        if source not in {str(number) for number in range(inputs)}:
            raise DataError(
                f"{where}: no input '{shown(source)}' at node {place // 2}; allowed: 0 to {inputs - 1} (0 and 1 are "
                "the cells before, 2 is node 0)"
            )
        genes.append(int(source) * len(OPERATIONS) + OPERATIONS.index(name))
    return genes


class CellShape(NamedTuple):
    """A cell of the stack: channels of its two inputs and of each node, and whether it or the cell before reduces."""

    before: tuple[int, int]
    channels: int
    reduces: bool
    after_reduction: bool


def cell_shapes(width: int, cells: int) -> list[CellShape]:
    """Return the shapes of a stack of cells; the two at a third and two thirds double the channels."""
    shapes, before, channels, reduced = [], (3 * width, 3 * width), width, False
    for number in range(cells):
        reduces = number in (cells // 3, 2 * cells // 3)
        channels *= 1 + reduces
        shapes.append(CellShape(before, channels, reduces, reduced))
        before, reduced = (before[1], NODES * channels), reduces
    return shapes


class Prices(NamedTuple):
    """What every architecture costs, and each operation by [cell kind, from an input of the cell, operation]."""

    params: np.ndarray
    flops: np.ndarray
    base_params: float
    base_flops: float


@lru_cache(maxsize=32)
def stand_alone(width: int, cells: int, resolution: int = 32, classes: int = 10) -> Prices:
    """Return the prices of a network of this size; multiply-adds count convolutions and the classifier.

    Norms are affine, there is none after a pooling, and no auxiliary head. A reduction cell's operations on its inputs
    have stride 2, where a skip connection is two 1x1 convolutions of half the channels.
    """
    params, flops = (np.zeros((2, 2, len(OPERATIONS))) for _ in range(2))
    base_params, base_flops = 27.0 * 3 * width + 6 * width, 27.0 * 3 * width * resolution**2
    side = resolution
    shapes = cell_shapes(width, cells)
    for shape in shapes:
        channels = shape.channels
        into = channels * sum(shape.before)  # both 1x1 convolutions, or the factorized reduction of the same size
        base_params += into + 4 * channels
        base_flops += into * side**2
        side //= 1 + shape.reduces
        kind = int(shape.reduces)
        for operation, kernel in KERNELS.items():
            once = (kernel**2 + channels) * channels
            times = 2 if operation in (SEP_3X3, SEP_5X5) else 1
            params[kind, :, operation] += times * (once + 2 * channels)
            flops[kind, :, operation] += times * once * side**2
        if shape.reduces:
            params[kind, 1, SKIP] += channels**2 + 2 * channels
            flops[kind, 1, SKIP] += channels**2 * side**2
    features = NODES * shapes[-1].channels
    return Prices(params, flops, base_params + (features + 1) * classes, base_flops + (features + 1) * classes)


def stand_alone_costs(
    genes: Genes, *, width: int = 36, cells: int = 20, resolution: int = 32, classes: int = 10
) -> tuple[PerArch, PerArch]:
    """Return parameters and multiply-adds [arch] of stand-alone networks of this size."""
    prices = stand_alone(width, cells, resolution, classes)
    inputs, operations = np.divmod(genes, len(OPERATIONS))
    kinds = np.repeat([0, 1], PAIRS)
    where = kinds, (inputs < INPUTS).astype(int), operations
    return prices.base_params + prices.params[where].sum(axis=1), prices.base_flops + prices.flops[where].sum(axis=1)
