"""DARTS cells: spelling, validity, canonical form and the published parameter counts."""

from math import prod

import numpy as np
import pytest

from bench.errors import DataError, RecipeError, UnknownName
from bench.spaces.darts import NONE, OPERATIONS, PAIRS, Darts, stand_alone_costs

SPACE, DISTINCT = Darts(), Darts(mask=("none",), inputs="distinct")
V2 = (
    "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1), "
    "('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)], normal_concat=[2, 3, 4, 5], "
    "reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1), ('max_pool_3x3', 0), "
    "('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], reduce_concat=[2, 3, 4, 5])"
)
V1 = (
    "Genotype(normal=[('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('skip_connect', 0), ('sep_conv_3x3', 1), "
    "('skip_connect', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('skip_connect', 2)], normal_concat=range(2, 6), "
    "reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 0), ('max_pool_3x3', 0), "
    "('skip_connect', 2), ('skip_connect', 2), ('avg_pool_3x3', 0)], reduce_concat=range(2, 6))"
)
SHORT = (
    "sep_conv_3x3@0 sep_conv_3x3@1 sep_conv_3x3@0 sep_conv_3x3@1 sep_conv_3x3@1 skip_connect@0 skip_connect@0 "
    "dil_conv_3x3@2 | max_pool_3x3@0 max_pool_3x3@1 skip_connect@2 max_pool_3x3@1 max_pool_3x3@0 skip_connect@2 "
    "skip_connect@2 max_pool_3x3@1"
)


def genes(*texts, space=SPACE):
    return space.parse_all(list(texts), "here")


@pytest.mark.parametrize(
    ("width", "cells", "expected"),
    [
        (36, 20, (3_349_342, 3_169_414)),
        (16, 8, (246_106, 232_890)),
        (16, 20, (710_682, 671_034)),
        (32, 20, (2_666_026, 2_522_218)),
    ],
)
def test_the_published_cells_have_their_published_parameters(width, cells, expected):
    assert tuple(stand_alone_costs(genes(V2, V1), width=width, cells=cells)[0]) == expected


def test_a_genotype_is_read_in_both_spellings():
    assert SPACE.spell(SPACE.parse(V2)) == SHORT
    assert SPACE.parse(SHORT) == SPACE.parse(V2) == SPACE.parse(V2.replace("'", '"').replace(" ", "\n"))
    assert SPACE.parse(V2.replace("[2, 3, 4, 5])", "range(2, 6),)")) == SPACE.parse(V2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SHORT.replace("|", ""), r"has 1 cells joined by '\|', expected the normal and the reduction cell"),
        (SHORT + " skip_connect@0", r"the reduction cell has 9 pairs op@input, expected 8, two for each node"),
        (
            SHORT.replace("dil_conv_3x3", "conv"),
            r"normal cell's pair 8, 'conv@2': unknown operation 'conv'; allowed: n",
        ),
        (SHORT[:-1] + "5", r"reduction cell's pair 8, 'max_pool_3x3@5': no input '5' at node 3; allowed: 0 to 4"),
        (SHORT.replace("@", "@0", 1), r"pair 1, 'sep_conv_3x3@00': no input '00' at node 0; allowed: 0 to 1"),
        (SHORT.replace("@0", "", 1), r"pair 1, 'sep_conv_3x3': no input '' at node 0"),
        (
            V2.replace("[2, 3, 4, 5]", "[3, 4, 5]", 1),
            r"the normal cell concatenates \[3,4,5\]; this space has all four",
        ),
        (V2.replace("0)", "zero)", 1), r"the normal cell is '.*', expected \[\('sep_conv_3x3', 0\), \.\.\.\]"),
        (V2.replace("reduce=", "other="), r"is no genotype; expected Genotype\(normal="),
        (V2.replace("('max_pool_3x3', 0), ", "", 1), r"the reduction cell has 7 pairs op@input, expected 8"),
    ],
)
def test_an_invalid_text_names_cell_and_pair(text, message):
    with pytest.raises(DataError, match=message):
        SPACE.parse(text)


def test_a_text_is_read_and_never_run():
    with pytest.raises(DataError, match="is no genotype"):
        SPACE.parse("Genotype(normal=__import__('os').getcwd())")


def test_sizes_count_the_ordered_pairs():
    assert SPACE.size == prod((8 * n) ** 2 for n in (2, 3, 4, 5)) ** 2
    assert DISTINCT.size == prod(7**2 * n * (n - 1) for n in (2, 3, 4, 5)) ** 2


def test_distinct_inputs_are_valid_and_sampled_alone():
    drawn = SPACE.sample(np.random.default_rng(0), 400)
    pairs = (drawn // len(OPERATIONS)).reshape(400, -1, 2)
    plain = [all(a != b for a, b in arch) for arch in pairs.tolist()]
    assert Darts(inputs="distinct").valid(drawn).tolist() == plain
    assert 0 < sum(plain) < 50
    assert SPACE.valid(drawn).all()
    own = DISTINCT.sample(np.random.default_rng(0), 400)
    assert DISTINCT.contains(own).all()
    assert not (own % len(OPERATIONS) == NONE).any()


def signals(arch):
    """Return, pair by pair, whether it carries a signal, cell by cell and node by node."""
    found = []
    for cell in (arch[:PAIRS], arch[PAIRS:]):
        alive = [True, True]
        for node in range(4):
            pairs = [divmod(gene, 8) for gene in cell[2 * node : 2 * node + 2]]
            live = [operation != NONE and alive[source] for source, operation in pairs]
            found += live
            alive.append(any(live))
    return found


def test_live_pairs_are_those_that_a_signal_reaches():
    drawn = SPACE.sample(np.random.default_rng(1), 2000)
    drawn[:1000][np.random.default_rng(2).random((1000, 16)) < 0.6] = NONE
    assert SPACE.live(drawn).tolist() == [signals(arch) for arch in drawn.tolist()]
    cells = np.array([signals(arch) for arch in drawn.tolist()]).reshape(2000, 2, PAIRS)
    assert SPACE.connected(drawn).tolist() == cells.any(axis=2).all(axis=1).tolist()
    assert not SPACE.connected(drawn).all()


def test_the_canonical_form_orders_pairs_and_names_dead_ones_none():
    text = " | ".join(["none@1 none@0 sep_conv_3x3@2 skip_connect@1 skip_connect@3 max_pool_3x3@0 none@4 none@1"] * 2)
    form = " | ".join(["none@0 none@0 none@0 skip_connect@1 max_pool_3x3@0 skip_connect@3 none@0 none@0"] * 2)
    assert SPACE.spell(tuple(SPACE.canonical(genes(text))[0].tolist())) == form


def test_orders_of_the_pairs_of_a_node_have_one_canonical_form():
    drawn = SPACE.sample(np.random.default_rng(3), 50)
    swapped = drawn.reshape(50, -1, 2)[:, :, ::-1].reshape(50, -1)
    np.testing.assert_array_equal(SPACE.canonical(drawn), SPACE.canonical(np.ascontiguousarray(swapped)))


def test_dead_pairs_cost_parameters_but_no_live_ones():
    costs = SPACE.costs(
        genes("none@0 none@1 sep_conv_3x3@2 skip_connect@0 " + "skip_connect@0 " * 4 + "| " + "none@0 " * 8)
    )
    assert costs["params"][0] - costs["live-params"][0] == sum(6 * 2 * (9 * c + c * c + 2 * c) for c in (36, 72, 144))


@pytest.mark.parametrize(
    "space", [DISTINCT, Darts(mask=("sep_conv_5x5", "max_pool_3x3")), Darts(mask=OPERATIONS[1:])], ids=str
)
def test_extremes_hold_under_a_mask(space):
    ends = space.extremes()
    assert space.contains(ends).all()
    params = space.costs(np.concatenate([ends, space.sample(np.random.default_rng(0), 100)]))["params"]
    assert params[0] <= params.min()
    assert params[1] >= params.max()


def test_unknown_and_repeated_masks_are_refused():
    with pytest.raises(UnknownName, match=r"unknown darts operation 'sep'; .*mask="):
        Darts(mask=("sep",))
    with pytest.raises(RecipeError, match="name each operation at most once and leave at least one"):
        Darts(mask=OPERATIONS)


def test_a_fixed_architecture_is_the_only_one():
    alone = Darts(fixed=V2)
    assert alone.size == 1
    np.testing.assert_array_equal(alone.enumerate(), genes(SHORT))
    twice = " | ".join(["skip_connect@0 " * 8] * 2)
    with pytest.raises(RecipeError, match=r"darts.fixed is 'skip_connect@0 .*twice the same input"):
        Darts(inputs="distinct", fixed=twice)
