"""NAS-Bench-201 / NATS topology space: a cell of four nodes and six edges, five operations per edge."""

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import ClassVar

import numpy as np
from jaxtyping import Int, Int8, UInt64

from bench.allowed import Maybe, Several, Text
from bench.errors import DataError, RecipeError, unknown_name
from bench.slot import setting
from bench.spaces import Space
from bench.types import Arch, Flags, Genes, PerArch

OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
READABLE = ("Zero", "Skip", "1x1 Conv", "3x3 Conv", "3x3 Avg Pool")
"""As in papers/single-path-ranking-correlations."""
NONE, SKIP, CONV_1X1, CONV_3X3, AVG_POOL = range(5)
EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
"""(source, target) of each decision, in the order of the architecture string."""


@dataclass(frozen=True, kw_only=True)
class NB201(Space):
    """NAS-Bench-201: a cell of four nodes and six edges, one of five operations on each edge.

    String: `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`, where `op~j` is the operation on the edge from node j.
    `mask` names operations removed from training, prediction and table; `fixed` leaves a single architecture, so that
    a stand-alone network is a supernet with a single path.
    Source: Dong & Yang, NAS-Bench-201 (ICLR 2020).

    >>> NB201().size, NB201(mask=("none", "avg_pool_3x3")).size
    (15625, 729)
    """

    size_cost: ClassVar[str] = "live-params"

    mask: tuple[str, ...] = setting((), Several(Text()))
    fixed: str | None = setting(None, Maybe(Text(), "every architecture"))

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in self.mask:
            if name not in OPERATIONS:
                raise unknown_name("nb201 operation", name, OPERATIONS, "mask=(...) takes these names")
        if len(set(self.mask)) != len(self.mask) or set(self.mask) == set(OPERATIONS):
            raise RecipeError(f"mask={self.mask}: name each operation at most once and leave at least one")
        if self.fixed is not None:
            self.parse(self.fixed)

    @property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        return (OPERATIONS,) * len(EDGES)

    @property
    def readable_choices(self) -> tuple[tuple[str, ...], ...]:
        return (READABLE,) * len(EDGES)

    @property
    def decision_names(self) -> tuple[str, ...]:
        """Return the edges, "0-1" from the cell's input to its second node.

        >>> NB201().decision_names
        ('0-1', '0-2', '1-2', '0-3', '1-3', '2-3')
        """
        return tuple(f"{source}-{target}" for source, target in EDGES)

    @property
    def nodes(self) -> tuple[int, ...]:
        """Return the target of each edge."""
        return tuple(target for _, target in EDGES)

    @property
    def allowed(self) -> tuple[tuple[int, ...], ...]:
        if self.fixed is not None:
            return tuple((choice,) for choice in self.parse(self.fixed))
        kept = tuple(index for index, name in enumerate(OPERATIONS) if name not in self.mask)
        return (kept,) * len(EDGES)

    def parse(self, text: str) -> Arch:
        """Return the six operation indices.

        >>> NB201().parse("|none~0|+|skip_connect~0|none~1|+|none~0|none~1|nor_conv_3x3~2|")
        (0, 1, 0, 0, 0, 3)
        """
        nodes = text.strip().split("+")
        if len(nodes) != 3:
            raise DataError(f"'{text}' has {len(nodes)} nodes, expected 3 joined by '+': |op~0|+|op~0|op~1|+...")
        genes: list[int] = []
        for target, node in enumerate(nodes, 1):
            if not re.fullmatch(r"\|([^|]+\|)+", node):
                raise DataError(f"'{text}': node {target} is '{node}', expected |op~0|...|op~{target - 1}|")
            edges = node.strip("|").split("|")
            if len(edges) != target:
                raise DataError(f"'{text}': node {target} has {len(edges)} edges, expected {target}")
            for source, edge in enumerate(edges):
                name, _, origin = edge.partition("~")
                if origin != str(source):
                    raise DataError(f"'{text}': edge '{edge}' of node {target} should end in '~{source}'")
                if name not in OPERATIONS:
                    raise DataError(f"'{text}': unknown operation '{name}'; allowed: {', '.join(OPERATIONS)}")
                genes.append(OPERATIONS.index(name))
        return tuple(genes)

    def spell(self, arch: Arch) -> str:
        nodes: list[str] = ["", "", ""]
        for (source, target), choice in zip(EDGES, arch, strict=True):
            nodes[target - 1] += f"|{OPERATIONS[choice]}~{source}"
        return "+".join(f"{node}|" for node in nodes)

    def live(self, genes: Genes) -> np.ndarray:
        """Return which edges carry a signal from input to output, bool [arch, edge]."""
        used = genes != NONE
        reached = [np.ones(len(genes), dtype=bool)] + [np.zeros(len(genes), dtype=bool) for _ in range(3)]
        for edge, (source, target) in enumerate(EDGES):
            reached[target] |= used[:, edge] & reached[source]
        needed = [np.zeros(len(genes), dtype=bool) for _ in range(3)] + [np.ones(len(genes), dtype=bool)]
        for edge, (source, target) in reversed(list(enumerate(EDGES))):
            needed[source] |= used[:, edge] & needed[target]
        return np.stack(
            [used[:, edge] & reached[source] & needed[target] for edge, (source, target) in enumerate(EDGES)], axis=1
        )

    def extremes(self) -> Genes:
        """Return the cells whose edges all have the cheapest operation that passes a signal, and the most expensive."""
        ends = []
        for allowed in self.allowed:
            by_cost = [choice for choice in (SKIP, AVG_POOL, CONV_1X1, CONV_3X3) if choice in allowed] or [NONE]
            ends.append((by_cost[0], by_cost[-1]))
        return np.array(ends, dtype=np.int8).T

    def canonical(self, genes: Genes) -> Genes:
        """Return the genes with every dead edge set to `none` (15,625 cells -> 9,445)."""
        return np.where(self.live(genes), genes, np.int8(NONE))

    def representative(self, genes: Genes) -> Genes:
        """Return the first cell that computes the same function (15,625 cells -> 4,954).

        Skips pass a value on, nodes may change places, poolings have no weights and may be taken before or after a sum,
        and the norm behind a convolution removes a factor of its input; so a cell of one function may be written with
        different edges.
        """
        numbers, first = _functions()
        return first[np.searchsorted(numbers, function_numbers(self.canonical(genes)))]

    def nonlinear(self, genes: Genes) -> Int[np.ndarray, "arch"]:
        """Return the number of convolutions of a cell that are not dead, each of which begins with a ReLU.

        >>> NB201().nonlinear(np.array([[3, 1, 2, 0, 4, 3], [3, 3, 0, 0, 0, 2]], dtype=np.int8)).tolist()
        [3, 2]
        """
        return np.isin(self.canonical(genes), (CONV_1X1, CONV_3X3)).sum(axis=1)

    def only(self, arch: Arch) -> "NB201":
        """Return the space of one cell, whose supernet holds only the operations of that cell."""
        return replace(self, fixed=self.spell(arch))

    def connected(self, genes: Genes) -> Flags:
        """Return which cells have a path from input to output (all but 341 of 15,625)."""
        return np.any(self.live(genes), axis=1)

    def costs(self, genes: Genes) -> dict[str, PerArch]:
        """Return `params`, `live-params` (counts), `flops` (multiply-adds at 32x32) and `conv-3x3` (edges per cell).

        The stand-alone network is the benchmark's: width 16, five cells per stage, ten classes.
        """
        every, live = stand_alone_costs(genes), stand_alone_costs(self.canonical(genes))
        return {
            "params": every[0],
            "live-params": live[0],
            "flops": every[1],
            "conv-3x3": (genes == CONV_3X3).sum(axis=1).astype(float),
        }


def stand_alone_costs(
    genes: Genes, *, width: int = 16, cells: int = 5, resolution: int = 32, classes: int = 10
) -> tuple[PerArch, PerArch]:
    """Return parameters and FLOPs as NAS-Bench-201 records them, each [arch].

    FLOPs are multiply-adds of the convolutions and the classifier, plus one per classifier bias; pooling
    and normalization count nothing. Tests compare both with the values that published entries record.
    """
    conv_1x1 = (genes == CONV_1X1).sum(axis=1).astype(float)
    conv_3x3 = (genes == CONV_3X3).sum(axis=1).astype(float)
    params = np.full(len(genes), 27.0 * width + 2 * width)
    flops = np.full(len(genes), 27.0 * width * resolution**2)
    for stage in range(3):
        channels, pixels = width * 2**stage, (resolution >> stage) ** 2
        if stage:
            narrow = channels // 2
            residual = 9 * narrow * channels + 9 * channels**2 + narrow * channels
            params += residual + 4 * channels
            flops += residual * pixels
        weights = channels**2 * (conv_1x1 + 9 * conv_3x3)
        params += cells * (weights + 2 * channels * (conv_1x1 + conv_3x3))
        flops += cells * weights * pixels
    channels = 4 * width
    params += 2 * channels + (channels + 1) * classes
    flops += (channels + 1) * classes
    return params, flops


MULTIPLIERS = tuple(np.uint64(value) for value in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
"""Odd constants of the SplitMix64 generator."""


def function_numbers(genes: Genes) -> UInt64[np.ndarray, "arch"]:
    """Return a number of the function that each canonical cell computes: equal for equal functions, else different.

    The value of a node is the sum of what its edges bring: a skip the value of its source, a pooling, which has no
    weights and keeps sums, that value times a constant, a convolution a number mixed from its operation, its input up
    to a factor and what its output is used for. The use tells convolutions of the same input apart, and is found the
    same way from the output back. Tests compare all cells with sums written out in symbols.
    """
    operations = genes.T.astype(np.uint64)
    told_apart = list(operations)
    for _ in range(2):
        value = _at_end(genes, node=0)
        for edge, (source, target) in enumerate(EDGES):
            convolved = _mixed(told_apart[edge], _without_factor(value[source]))
            value[target] += _passed(genes[:, edge], value[source], convolved)
        use = _at_end(genes, node=3)
        for edge, (source, target) in reversed(list(enumerate(EDGES))):
            convolved = _mixed(operations[edge], _without_factor(value[source]), use[target])
            use[source] += _passed(genes[:, edge], use[target], convolved)
        told_apart = [_mixed(operations[edge], use[target]) for edge, (_, target) in enumerate(EDGES)]
    return value[3]


def _at_end(genes: Genes, *, node: int) -> UInt64[np.ndarray, "node arch"]:
    """Return 1 for the node at which a signal begins, 0 for the others."""
    return np.repeat(np.arange(4)[:, None] == node, len(genes), axis=1).astype(np.uint64)


def _passed(
    operation: Int8[np.ndarray, "arch"], value: UInt64[np.ndarray, "arch"], convolved: UInt64[np.ndarray, "arch"]
) -> UInt64[np.ndarray, "arch"]:
    """Return what an edge makes of a value, `convolved` for a convolution."""
    return np.choose(operation, [np.zeros_like(value), value, convolved, convolved, value * MULTIPLIERS[0]])


def _without_factor(value: UInt64[np.ndarray, "arch"]) -> UInt64[np.ndarray, "arch"]:
    """Return the value of a node with two times the input as the input, and of its pooling as the pooling.

    A ReLU keeps a positive factor, and the norm behind a convolution removes it. No other sum of two edges has one.
    """
    twice_pooled = np.uint64(2 * int(MULTIPLIERS[0]) % 2**64)
    value = np.where(value == 2, np.uint64(1), value)
    return np.where(value == twice_pooled, MULTIPLIERS[0], value)


def _mixed(*values: UInt64[np.ndarray, "arch"]) -> UInt64[np.ndarray, "arch"]:
    """Return one number per architecture for several: equal for equal ones, else different but for a rare chance."""
    found = np.zeros_like(values[0])
    for value in values:
        found = found + value + MULTIPLIERS[0]
        found = (found ^ (found >> np.uint64(30))) * MULTIPLIERS[1]
        found = (found ^ (found >> np.uint64(27))) * MULTIPLIERS[2]
        found = found ^ (found >> np.uint64(31))
    return found


@cache
def _functions() -> tuple[UInt64[np.ndarray, "function"], Int8[np.ndarray, "function decision"]]:
    """Return the numbers of all functions, ascending, and the first canonical cell of each."""
    cells = NB201()
    canonical = np.unique(cells.canonical(cells.enumerate()), axis=0)
    numbers, first = np.unique(function_numbers(canonical), return_index=True)
    return numbers, canonical[first]
