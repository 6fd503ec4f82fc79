"""NAS-Bench-101: cells that are graphs of up to seven vertices and nine edges, an operation on each vertex."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bench.allowed import Maybe, OneOf, Several, Text, between
from bench.errors import RecipeError, unknown_name
from bench.slot import setting
from bench.spaces import Space
from bench.spaces.nb101.cells import Cells, every_cell, first_of_class
from bench.spaces.nb101.channels import stand_alone_costs
from bench.spaces.nb101.graphs import (
    BITS,
    CONV_3X3,
    OPERATIONS,
    OUTPUT,
    PLACES,
    UNUSED,
    codes_of,
    edges_of,
    genes_of,
    operations_of,
    well_formed,
)
from bench.spaces.nb101.spelling import parsed, spelled
from bench.types import Arch, Flags, Genes, PerArch

EDGE, OPERATION = ("no", "edge"), ("unused", *OPERATIONS)


@dataclass(frozen=True, kw_only=True)
class NB101(Space):
    """NAS-Bench-101: 423,624 cells of at most seven vertices and nine edges, one of three operations on each vertex.

    An architecture is a class of isomorphic graphs, written as the one that the benchmark trained. Its genes are the
    edges into the output, then for each of the five interior vertices the edges into it and its operation; a smaller
    cell leaves the last interior vertices unused. Every vertex is on a path from the input to the output; a graph with
    another one is refused, as the benchmark would train a smaller cell in its place.

    String: rows of the adjacency matrix joined by '/', then ':', then the operations joined by '+'. Another graph of
    the same class is read as the architecture too.
    `mask` names operations removed from training, prediction and table. `output_edges` keeps the cells with so many
    edges into the output vertex; with 2, widths hardly vary (fix_channels in the code of How to train your supernet).
    `uniform_over`: a sample is uniform over "cells", or over "graphs", which draws a cell more often the more labelled
    graphs are isomorphic to it. Source: Ying et al., NAS-Bench-101 (ICML 2019).

    >>> NB101().size, NB101(mask=("conv3x3", "maxpool3x3")).size
    (423624, 2494)
    """

    mask: tuple[str, ...] = setting((), Several(Text()))
    output_edges: int | None = setting(None, Maybe(between(1, OUTPUT, unit="edges"), "any number"))
    uniform_over: str = setting("cells", OneOf(("cells", "graphs")))

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in self.mask:
            if name not in OPERATIONS:
                raise unknown_name("nb101 operation", name, OPERATIONS, "mask=(...) takes these names")
        if len(set(self.mask)) != len(self.mask) or set(self.mask) == set(OPERATIONS):
            raise RecipeError(f"mask={self.mask}: name each operation at most once and leave at least one")

    @property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        return tuple(OPERATION if bits == 2 else EDGE for bits in BITS)

    @property
    def decision_names(self) -> tuple[str, ...]:
        """Return the edges, "0-6" from the input to the output, and the vertex of each operation.

        >>> NB101().decision_names[5:11]
        ('5-6', '0-1', 'op 1', '0-2', '1-2', 'op 2')
        """
        return tuple(f"op {place}" if isinstance(place, int) else f"{place[0]}-{place[1]}" for place in PLACES)

    @property
    def allowed(self) -> tuple[tuple[int, ...], ...]:
        kept = (UNUSED, *self.kept)
        return tuple(kept if bits == 2 else (0, 1) for bits in BITS)

    @property
    def kept(self) -> tuple[int, ...]:
        """Return the operation genes that the mask leaves, without that of an unused vertex."""
        return tuple(place for place, name in enumerate(OPERATION) if name not in (OPERATION[UNUSED], *self.mask))

    @property
    def listable(self) -> bool:
        """Return False: its tables hold a third of the cells, and populations are drawn from theirs."""
        return False

    @property
    def size(self) -> int:
        """Return the number of cells under the mask."""
        return len(cells_of(self).codes)

    @property
    def size_is_exact(self) -> bool:
        return True

    def valid(self, genes: Genes) -> Flags:
        return cells_of(self).hold(codes_of(genes))

    def extremes(self) -> Genes:
        """Return the cells with the fewest and the most parameters."""
        return _extremes(self).copy()

    def canonical(self, genes: Genes) -> Genes:
        """Return the graph that stands for the class of each, also of a well-formed graph that is no architecture."""
        found, graphs = genes.copy(), well_formed(genes)
        found[graphs] = first_of_class(genes[graphs])
        return found

    def sample(self, rng: np.random.Generator, count: int) -> Genes:
        """Return `count` architectures, uniform over cells or over labelled graphs."""
        cells = cells_of(self)
        if self.uniform_over == "cells":
            return genes_of(cells.codes[rng.integers(len(cells.codes), size=count)])
        up_to = np.cumsum(cells.graphs)
        return genes_of(cells.codes[np.searchsorted(up_to, rng.integers(up_to[-1], size=count), side="right")])

    def parse(self, text: str) -> Arch:
        """Return the genes of the architecture of a graph.

        >>> NB101().spell(NB101().parse("0110/0001/0001/0000:input+conv1x1-bn-relu+conv3x3-bn-relu+output"))
        '0110/0001/0001/0000:conv3x3+conv1x1'
        """
        arch, code = parsed(text)
        if code in every_cell():
            return arch
        first = first_of_class(np.array([arch], dtype=np.int8))
        return tuple(int(gene) for gene in first[0])

    def spell(self, arch: Arch) -> str:
        return spelled(np.array([arch], dtype=np.int8))[0]

    def spell_all(self, genes: Genes) -> list[str]:
        return spelled(genes)

    def costs(self, genes: Genes) -> dict[str, PerArch]:
        """Return `params` (as recorded), `flops` (multiply-adds at 32x32), `conv-3x3` and `edges` (both per cell).

        The stand-alone network is the benchmark's: width 128, three stacks of three cells, ten classes.
        """
        edges, operations = edges_of(genes), operations_of(genes)
        params, flops = stand_alone_costs(edges, operations)
        return {
            "params": params,
            "flops": flops,
            "conv-3x3": (operations == CONV_3X3).sum(axis=1).astype(float),
            "edges": edges.sum(axis=(1, 2)).astype(float),
        }


@lru_cache(maxsize=16)
def _extremes(space: NB101) -> Genes:
    genes = genes_of(cells_of(space).codes)
    operations, found = operations_of(genes), []
    for pick, operation in ((np.argmin, max(space.kept)), (np.argmax, min(space.kept))):
        # operations are in the order of their parameters, falling; every matrix has a cell of one operation alone
        alone = genes[((operations == operation) | (operations == UNUSED)).all(axis=1)]
        found.append(alone[pick(space.costs(alone)["params"])])
    return np.stack(found)


@lru_cache(maxsize=16)
def cells_of(space: NB101) -> Cells:
    """Return the cells of a space, without those that its settings leave out."""
    every = every_cell()
    if not space.mask and space.output_edges is None:
        return every
    genes = genes_of(every.codes)
    kept: Flags = np.asarray(np.isin(operations_of(genes), (UNUSED, *space.kept)).all(axis=1))
    if space.output_edges is not None:
        kept &= edges_of(genes)[:, :, OUTPUT].sum(axis=1) == space.output_edges
    return every.having(kept)
