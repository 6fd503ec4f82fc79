import bz2
import itertools
import math
import re
from collections import Counter

import numpy as np
import pytest
import torch
from torch.nn.functional import avg_pool2d

from bench.errors import DataError, RecipeError, UnknownName
from bench.spaces.nb201 import (
    AVG_POOL,
    CONV_1X1,
    CONV_3X3,
    EDGES,
    NB201,
    NONE,
    OPERATIONS,
    SKIP,
    stand_alone_costs,
)
from bench.tables.safe_pickle import safe_loads

SPACE = NB201()
ALL = SPACE.enumerate()
PATHS = ((0, 3), (0, 1, 3), (0, 2, 3), (0, 1, 2, 3))
"""Every way from the input of the cell to its output, as nodes."""
NETWORK = {"cifar10": (32, 10), "cifar100": (32, 100), "ImageNet16-120": (16, 120)}
"""Side of the images and number of classes."""


@pytest.fixture(scope="module")
def real_costs(real_data):
    """Return (architecture, data set) -> (parameters, FLOPs) as the real entries record them, in millions."""
    found = {}
    for path in (real_data / "nats-tss-sample").glob("0*.pickle.pbz2"):
        for results in safe_loads(bz2.decompress(path.read_bytes()), path).values():
            for (dataset, _), trial in results["all_results"].items():
                if dataset in NETWORK:
                    found[results["arch_str"], dataset] = (trial["params"], trial["flop"])
    assert len(found) == 9
    return found


def live_by_paths(arch):
    """Return which edges lie on a path without `none` from input to output, by walking every path."""
    edge = {nodes: number for number, nodes in enumerate(EDGES)}
    walks = [[edge[step] for step in itertools.pairwise(path)] for path in PATHS]
    alive = {step for walk in walks if all(arch[step] != NONE for step in walk) for step in walk}
    return [number in alive for number in range(6)]


def test_live_edges_are_those_on_a_path_from_input_to_output():
    np.testing.assert_array_equal(SPACE.live(ALL), [live_by_paths(arch) for arch in ALL])


def test_the_space_has_its_published_counts():
    assert len(ALL) == 5**6 == 15_625
    assert (~SPACE.connected(ALL)).sum() == 341
    assert len(np.unique(SPACE.canonical(ALL), axis=0)) == 9_445


def test_the_canonical_form_keeps_the_live_edges_and_drops_the_others():
    canonical, live = SPACE.canonical(ALL), SPACE.live(ALL)
    np.testing.assert_array_equal(canonical[live], ALL[live])
    assert (canonical[~live] == NONE).all()
    np.testing.assert_array_equal(SPACE.live(canonical), live)


def in_symbols(cell):
    """Return the cell's output as a sum in symbols, the same for all cells that compute the same function.

    A term is the input "x", a pooling of a term, or one convolution, by its edge, of a sum, whose common factor the
    norm behind it removes. Convolutions are then numbered; of those with the same text every numbering is tried and the
    first text kept.
    """
    sums = [["x"], [], [], []]
    for edge, (source, target) in enumerate(EDGES):
        if cell[edge] == SKIP:
            sums[target] = sums[target] + sums[source]
        elif cell[edge] == AVG_POOL:
            sums[target] = sums[target] + [("pool", term) for term in sums[source]]
        elif cell[edge] != NONE and sums[source]:
            sums[target] = sums[target] + [(edge, sums[source])]

    def written(term, number):
        if term == "x":
            return "x"
        if term[0] == "pool":
            return f"p({written(term[1], number)})"
        times = Counter(written(one, number) for one in term[1])
        factor = math.gcd(*times.values())
        inside = "+".join(sorted(text for text in times for _ in range(times[text] // factor)))
        return f"{OPERATIONS[cell[term[0]]]}{number[term[0]]}({inside})"

    def convolutions(terms):
        for term in terms:
            if term[0] == "pool":
                yield from convolutions([term[1]])
            elif term != "x":
                yield term
                yield from convolutions(term[1])

    plain = dict.fromkeys(range(6), "")
    alike = {}
    for term in convolutions(sums[3]):
        alike.setdefault(written(term, plain), set()).add(term[0])
    orders = itertools.product(*(itertools.permutations(sorted(edges)) for edges in alike.values()))
    return min(
        "+".join(
            sorted(
                written(term, {edge: place for order in orders_of for place, edge in enumerate(order)})
                for term in sums[3]
            )
        )
        for orders_of in orders
    )


@pytest.mark.slow
def test_cells_have_one_representative_if_they_compute_the_same_function():
    canonical = np.unique(SPACE.canonical(ALL), axis=0)
    functions = [in_symbols(tuple(cell)) for cell in canonical.tolist()]
    representatives = SPACE.keys(SPACE.representative(canonical)).tolist()
    assert len(set(functions)) == len(set(representatives)) == len(set(zip(functions, representatives, strict=True)))
    assert len(set(functions)) == 4_954


def test_the_norm_behind_a_convolution_removes_a_factor_of_its_input():
    texts = (
        "|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|",
        "|skip_connect~0|+|skip_connect~0|skip_connect~1|+|none~0|none~1|nor_conv_3x3~2|",
        "|avg_pool_3x3~0|+|avg_pool_3x3~0|skip_connect~1|+|none~0|none~1|nor_conv_3x3~2|",
        "|avg_pool_3x3~0|+|none~0|none~1|+|none~0|nor_conv_3x3~1|none~2|",
        "|skip_connect~0|+|skip_connect~0|skip_connect~1|+|none~0|none~1|skip_connect~2|",
        "|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|",
    )
    one, doubled, pooled_twice, pooled, twice, once = SPACE.representative(
        np.array([SPACE.parse(text) for text in texts], dtype=np.int8)
    ).tolist()
    assert one == doubled != pooled
    assert pooled_twice == pooled
    assert twice != once, "no norm follows"


def test_cells_of_skips_and_poolings_compute_what_their_representatives_do():
    image = torch.rand(1, 1, 9, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(0))

    def output(cell):
        nodes = [image, *(torch.zeros_like(image) for _ in range(3))]
        for (source, target), operation in zip(EDGES, cell, strict=True):
            if operation == SKIP:
                nodes[target] = nodes[target] + nodes[source]
            elif operation == AVG_POOL:
                nodes[target] += avg_pool2d(nodes[source], 3, stride=1, padding=1, count_include_pad=False)
        return nodes[3].numpy().ravel()

    space = NB201(mask=("nor_conv_1x1", "nor_conv_3x3"))
    cells = space.enumerate()
    firsts, which = np.unique(SPACE.representative(cells), axis=0, return_inverse=True)
    outputs, of_firsts = np.array([output(cell) for cell in cells]), np.array([output(cell) for cell in firsts])
    np.testing.assert_allclose(outputs, of_firsts[which.ravel()], rtol=1e-12)
    assert len(np.unique(of_firsts.round(9), axis=0)) == len(firsts) == 48


def test_equal_functions_have_equal_live_parameters():
    of = [SPACE.costs(genes)["live-params"] for genes in (ALL, SPACE.representative(ALL))]
    np.testing.assert_array_equal(*of)


@pytest.mark.parametrize(("mask", "size"), [(("none",), 4_096), (("none", "avg_pool_3x3"), 729), (OPERATIONS[1:], 1)])
def test_a_mask_removes_its_operations_and_nothing_else(mask, size):
    space = NB201(mask=mask)
    genes = space.enumerate()
    assert space.size == len(genes) == size
    assert not np.isin(genes, [OPERATIONS.index(name) for name in mask]).any()
    np.testing.assert_array_equal(space.contains(ALL), np.isin(SPACE.keys(ALL), SPACE.keys(genes)))


def test_a_fixed_space_holds_its_architecture_alone():
    text = SPACE.spell((3, 1, 0, 2, 4, 3))
    space = NB201(fixed=text)
    assert space.enumerate().tolist() == [[3, 1, 0, 2, 4, 3]]
    assert space.choices == SPACE.choices, "a choice keeps its index"


def test_parameters_and_flops_are_those_of_the_real_entries(real_costs):
    for (text, dataset), (params, flops) in real_costs.items():
        resolution, classes = NETWORK[dataset]
        genes = np.array([SPACE.parse(text)], dtype=np.int8)
        computed = stand_alone_costs(genes, resolution=resolution, classes=classes)
        assert (computed[0][0] / 1e6, computed[1][0] / 1e6) == (params, flops)


def test_live_parameters_are_those_of_the_canonical_cell():
    costs = SPACE.costs(ALL)
    np.testing.assert_array_equal(costs["live-params"], SPACE.costs(SPACE.canonical(ALL))["params"])
    assert (costs["live-params"] <= costs["params"]).all()
    convolutions = np.isin(ALL, (CONV_1X1, CONV_3X3))
    dead = (convolutions & ~SPACE.live(ALL)).any(axis=1)
    np.testing.assert_array_equal(costs["live-params"] < costs["params"], dead)


def test_convolutions_are_counted_per_cell():
    costs = SPACE.costs(np.array([[3, 3, 1, 0, 3, 2]], dtype=np.int8))
    assert costs["conv-3x3"].tolist() == [3]


def test_the_string_is_the_published_one():
    assert SPACE.spell((3, 1, 0, 2, 4, 3)) == (
        "|nor_conv_3x3~0|+|skip_connect~0|none~1|+|nor_conv_1x1~0|avg_pool_3x3~1|nor_conv_3x3~2|"
    )


GOOD = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("|none~0|+|none~0|none~1|", "has 2 nodes, expected 3 joined by '+': |op~0|+|op~0|op~1|+..."),
        (GOOD.replace("|none~0|+", "none~0+", 1), "node 1 is 'none~0', expected |op~0|"),
        (GOOD.replace("|none~0|none~1|+", "||+", 1), "node 2 is '||', expected |op~0|...|op~1|"),
        (GOOD.replace("|none~1|+", "|+", 1), "node 2 has 1 edges, expected 2"),
        (GOOD.replace("none~2", "none~1"), "edge 'none~1' of node 3 should end in '~2'"),
        (GOOD.replace("none~2", "conv~2"), f"unknown operation 'conv'; allowed: {', '.join(OPERATIONS)}"),
    ],
)
def test_a_malformed_string_is_refused_with_its_fault(text, reason):
    with pytest.raises(DataError, match=re.escape(reason)):
        SPACE.parse(text)


def test_an_unknown_operation_in_a_mask_is_named():
    with pytest.raises(
        UnknownName, match=r"unknown nb201 operation 'skip_conect'; did you mean 'skip_connect'.*mask=\(\.\.\.\)"
    ):
        NB201(mask=("skip_conect",))


@pytest.mark.parametrize("mask", [("none", "none"), OPERATIONS])
def test_a_mask_that_repeats_or_removes_everything_is_refused(mask):
    with pytest.raises(RecipeError, match="name each operation at most once and leave at least one"):
        NB201(mask=mask)


def test_a_fixed_architecture_is_parsed_when_it_is_set():
    with pytest.raises(DataError, match="'nonsense' has 1 nodes"):
        NB201(fixed="nonsense")
