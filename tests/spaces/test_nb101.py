"""NAS-Bench-101: its cells, their strings and hashes, the widths of their vertices, and their costs."""

import hashlib
import itertools

import numpy as np
import pytest

from bench.errors import DataError, RecipeError, UnknownName
from bench.rng import stream
from bench.spaces.nb101 import NB101, cells_of
from bench.spaces.nb101.cells import every_cell, labelled_codes, labellings
from bench.spaces.nb101.channels import vertex_widths
from bench.spaces.nb101.fingerprint import fingerprints
from bench.spaces.nb101.graphs import codes_of, edges_of, genes_of, operations_of, well_formed

SPACE = NB101()
INCEPTION = "0111010/0000001/0000001/0000100/0000001/0000001/0000000:conv1x1+conv3x3+conv3x3+conv3x3+maxpool3x3"
KNOWN = {
    INCEPTION: (2_694_282, "28cfc7874f6d200472e1a9dcd8650aa0"),
    "01/00:": (882_570, "043721b9"),
    "010/001/000:conv3x3": (10_177_674, "b49ac8c5"),
    "010/001/000:conv1x1": (1_920_138, "d1269d91"),
    "0101/0010/0001/0000:conv3x3+conv3x3": (20_346_506, "b5fb4f61"),
}
"""Parameters and the start of the hash; the first is printed by the benchmark's repository, the others are computed."""


def plain_hash(matrix, labels):
    """Return the hash by its definition: md5 of degrees and label, then as many rounds as there are vertices."""
    md5 = lambda text: hashlib.md5(text.encode()).hexdigest()  # noqa: E731
    count = len(labels)
    into = [[x for x in range(count) if matrix[x][y]] for y in range(count)]
    out_of = [[y for y in range(count) if matrix[x][y]] for x in range(count)]
    values = [md5(str((len(out_of[v]), len(into[v]), labels[v]))) for v in range(count)]
    for _ in range(count):
        values = [
            md5("".join(sorted(values[w] for w in into[v])) + "|" + "".join(sorted(values[w] for w in out_of[v]))
                + "|" + values[v])
            for v in range(count)
        ]  # fmt: skip
    return md5(str(sorted(values)))


def plain_cell(arch):
    """Return matrix and labels of a cell, read from its string."""
    rows, _, names = SPACE.spell(arch).partition(":")
    labels = [("conv3x3", "conv1x1", "maxpool3x3").index(name) for name in names.split("+") if name]
    return [[int(digit) for digit in row] for row in rows.split("/")], [-1, *labels, -2]


def relabelled(arch, order):
    """Return the string of an isomorphic graph, None if an edge would go backwards."""
    matrix, labels = plain_cell(arch)
    count = len(labels)
    if len(order) != count or any(matrix[order[x]][order[y]] for y in range(count) for x in range(y, count)):
        return None
    rows = "/".join("".join(str(matrix[order[x]][order[y]]) for y in range(count)) for x in range(count))
    return rows + ":" + "+".join(("conv3x3", "conv1x1", "maxpool3x3")[labels[vertex]] for vertex in order[1:-1])


def archs(count, seed=0):
    return [tuple(arch) for arch in SPACE.sample(stream(seed, "cells"), count).tolist()]


@pytest.mark.slow
def test_there_are_423_624_cells_of_which_91_have_at_most_four_vertices():
    vertices = 2 + (operations_of(genes_of(every_cell().codes)) > 0).sum(axis=1)
    assert [int((vertices <= most).sum()) for most in (4, 5, 6, 7)] == [91, 2_532, 64_542, 423_624]
    assert SPACE.size == 423_624


def test_the_cells_are_the_published_ones(real_data):
    stored = np.load(real_data / "nb101_space.npz", allow_pickle=False)
    vertices, matrix, operations = stored["vertices"], stored["matrix"], stored["ops"]
    parts = []
    for count in range(2, 8):
        rows = np.flatnonzero(vertices == count)
        parts.append(labelled_codes(matrix[rows], labellings(count)[operations[rows]], count))
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), every_cell().codes)


@pytest.mark.slow
def test_the_labelled_graphs_of_small_cells_are_counted_one_by_one():
    """All graphs of four vertices by brute force: each belongs to the cell that its string is read as."""
    counts = {}
    places = [(x, y) for y in range(1, 4) for x in range(y)]
    for bits in itertools.product("01", repeat=6):
        rows = [["0"] * 4 for _ in range(4)]
        for (x, y), bit in zip(places, bits, strict=True):
            rows[x][y] = bit
        for names in itertools.product(("conv3x3", "conv1x1", "maxpool3x3"), repeat=2):
            try:
                arch = SPACE.parse("/".join(map("".join, rows)) + ":" + "+".join(names))
            except DataError:
                continue
            counts[arch] = counts.get(arch, 0) + 1
    cells = every_cell()
    four = (operations_of(genes_of(cells.codes)) > 0).sum(axis=1) == 2
    expected = {tuple(g): int(n) for g, n in zip(genes_of(cells.codes[four]).tolist(), cells.graphs[four], strict=True)}
    assert counts == expected


@pytest.mark.parametrize(("text", "known"), KNOWN.items(), ids=KNOWN)
def test_published_cells_have_their_parameters_and_hash(text, known):
    genes = np.array([SPACE.parse(text)], dtype=np.int8)
    assert int(SPACE.costs(genes)["params"][0]) == known[0]
    assert fingerprints(edges_of(genes), operations_of(genes))[0].startswith(known[1])


def test_two_convolutions_beside_a_skip_have_the_parameters_of_two_and_a_projection():
    """Input to output in a cell of one path: a 1x1 projection of each of the nine cells is added."""
    with_skip, without = (SPACE.parse(f"{row}/0010/0001/0000:conv3x3+conv3x3") for row in ("0101", "0100"))
    params = SPACE.costs(np.array([with_skip, without], dtype=np.int8))["params"]
    projections = [(128, 128)] * 3 + [(128, 256)] + [(256, 256)] * 2 + [(256, 512)] + [(512, 512)] * 2
    assert params[0] - params[1] == sum(before * after + 2 * after for before, after in projections)


@pytest.mark.parametrize(
    ("edges", "channels", "widths"),
    [
        ([(0, 1), (0, 2), (1, 6), (2, 6)], 15, [8, 7]),
        ([(0, 1), (0, 2), (0, 3), (1, 6), (2, 6), (3, 6)], 8, [3, 3, 2]),
        ([(0, 1), (1, 2), (1, 3), (2, 6), (3, 6)], 9, [5, 5, 4]),
        ([(0, 1), (1, 2), (1, 6), (2, 3), (3, 6)], 15, [8, 7, 7]),
    ],
    ids=["diamond", "three branches", "one vertex feeds two", "a longer branch"],
)
def test_widths_are_those_of_the_benchmarks_own_tests(edges, channels, widths):
    matrix = np.zeros((1, 7, 7), dtype=bool)
    for edge in edges:
        matrix[0][edge] = True
    assert vertex_widths(matrix, channels)[0].tolist() == [0, *widths, *[0] * (5 - len(widths)), channels]


@pytest.mark.slow
def test_the_hash_is_that_of_its_definition():
    cells = archs(200)
    genes = np.array(cells, dtype=np.int8)
    assert fingerprints(edges_of(genes), operations_of(genes)) == [plain_hash(*plain_cell(arch)) for arch in cells]


@pytest.mark.slow
def test_isomorphic_graphs_are_one_architecture():
    for arch in archs(6, seed=1):
        for inner in itertools.permutations(range(1, 6)):
            text = relabelled(arch, (0, *inner, 6))
            if text is not None:
                assert SPACE.parse(text) == arch


def test_the_canonical_form_of_another_graph_of_a_class_is_its_architecture():
    arch = SPACE.parse("0110/0001/0001/0000:conv3x3+conv1x1")
    other = np.array([arch], dtype=np.int8)
    first, second = (place for place, gene in enumerate(arch) if gene > 0 and place in (7, 10))
    other[0, [first, second]] = other[0, [second, first]]
    assert well_formed(other).all()
    assert not SPACE.contains(other).any()
    assert tuple(SPACE.canonical(other)[0].tolist()) == arch


def test_a_graph_that_is_not_well_formed_is_its_own_canonical_form_and_no_architecture():
    genes = SPACE.extremes()
    genes[0, :6] = 0  # no edge into the output
    assert SPACE.contains(genes).tolist() == [False, True]
    np.testing.assert_array_equal(SPACE.canonical(genes), genes)


def test_codes_sort_as_genes_do():
    genes = SPACE.sample(stream(0, "cells"), 500)
    np.testing.assert_array_equal(np.argsort(codes_of(genes)), np.argsort(SPACE.keys(genes)))
    np.testing.assert_array_equal(genes_of(codes_of(genes)), genes)


@pytest.mark.slow
def test_samples_are_uniform_over_cells_or_over_labelled_graphs():
    """Chain of two different operations (1 graph) against two parallel ones (2 graphs), in the cells of that mask."""
    cells = cells_of(NB101(output_edges=1, mask=("conv3x3",)))
    for over, weights in (("cells", np.ones(len(cells.codes))), ("graphs", cells.graphs)):
        space = NB101(output_edges=1, mask=("conv3x3",), uniform_over=over)
        drawn = codes_of(space.sample(stream(0, "cells"), 40_000))
        several = cells.graphs >= np.quantile(cells.graphs, 0.9)
        share = np.isin(drawn, cells.codes[several]).mean()
        assert share == pytest.approx(weights[several].sum() / weights.sum(), abs=0.012)


@pytest.mark.slow
def test_a_mask_leaves_the_cells_without_the_operation():
    space = NB101(mask=("maxpool3x3",))
    genes = space.sample(stream(0, "cells"), 100)
    assert not (operations_of(genes) == 3).any()
    assert space.contains(genes).all()
    with_pool = np.array([SPACE.parse("010/001/000:maxpool3x3")], dtype=np.int8)
    assert not space.contains(with_pool).any()
    assert space.size == 61_199


def test_output_edges_keep_the_cells_of_equal_widths():
    space = NB101(output_edges=2)
    assert (edges_of(space.sample(stream(0, "cells"), 100))[:, :, 6].sum(axis=1) == 2).all()
    assert 0 < space.size < SPACE.size


@pytest.mark.slow
@pytest.mark.parametrize("mask", [(), ("conv3x3",), ("conv1x1",), ("maxpool3x3",), ("conv3x3", "conv1x1")])
def test_the_extremes_are_those_of_all_cells(mask):
    space = NB101(mask=mask)
    params = space.costs(genes_of(cells_of(space).codes))["params"]
    assert space.costs(space.extremes())["params"].tolist() == [params.min(), params.max()]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0110/0001", r"2 rows.*|row 0 of the matrix is '0110'"),
        ("conv3x3", "has no ':'; expected the rows of the adjacency matrix joined by '/'"),
        ("0/0:", "row 0 of the matrix is '0'; expected 2 digits, 0 or 1"),
        ("02/00:", "row 0 of the matrix is '02'; expected 2 digits, 0 or 1"),
        ("010/001/010:conv3x3", r"edge 2->1 does not go forward, so this may be no directed acyclic graph"),
        ("010/011/000:conv3x3", r"edge 1->1 does not go forward"),
        ("011/000/000:conv3x3", "vertex 1 is on no path from the input to the output; remove it, as the benchmark"),
        ("001/001/000:conv3x3", "vertex 1 is on no path from the input to the output"),
        ("0" * 8 + "/0" * 7 + ":", "8 rows of an adjacency matrix; allowed: 2 to 7 vertices"),
        ("01111/00111/00011/00001/00000:conv3x3+conv3x3+conv3x3", "10 edges; allowed: at most 9"),
        ("010/001/000:", "0 operations for 3 vertices; expected 1, one for each vertex between input and output"),
        ("010/001/000:conv5x5", "unknown operation 'conv5x5'; allowed: conv3x3, conv1x1, maxpool3x3"),
    ],
)
def test_a_graph_that_is_no_cell_is_refused_with_its_reason(text, told):
    with pytest.raises(DataError, match=told):
        SPACE.parse(text if ":" in text or text == "conv3x3" else text + ":")


def test_unknown_operations_and_masks_of_everything_are_refused():
    with pytest.raises(UnknownName, match="unknown nb101 operation 'conv3x4'; did you mean 'conv3x3'"):
        NB101(mask=("conv3x4",))
    with pytest.raises(RecipeError, match=r"name each operation at most once and leave at least one"):
        NB101(mask=("conv3x3", "conv1x1", "maxpool3x3"))
