import hashlib
from dataclasses import replace

import numpy as np
import pytest

from bench.errors import RecipeError, UnknownName
from bench.population import DRAWN, HALVES, Population, list_sha256, random_archs
from bench.spaces import SPACES
from tests.spaces.toy import Toy

NB201 = SPACES.get("nb201")()
CELLS = NB201.enumerate()
HUGE = Toy(sizes=(4,) * 20 + (10,) * 20)
"""4^20 x 10^20 architectures, where numbers of 64 bits are not unique."""


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize(
    ("name", "size"),
    [("all", 15625), ("connected", 15284), ("random-1000", 1000), ("connected-500", 500), ("random-50", 50)],
)
def test_a_population_of_all_cells_has_its_known_size(name, size):
    assert Population(name, NB201, CELLS).among(CELLS).sum() == size  # FACTS 3.1: 341 of 15,625 are disconnected


@pytest.mark.parametrize(("name", "number"), [("canonical", 9444), ("functions", 4953)])
def test_one_cell_of_each_class_of_connected_ones(name, number):
    selected = Population(name, NB201, CELLS).among(CELLS)
    stands = NB201.canonical if name == "canonical" else NB201.representative
    classes = np.unique(stands(CELLS[NB201.connected(CELLS)]), axis=0)
    assert len(classes) == number
    np.testing.assert_array_equal(np.unique(CELLS[selected], axis=0), classes)


@pytest.mark.slow
@pytest.mark.parametrize("space", [NB201, HUGE], ids=["cells", "huge"])
def test_more_random_architectures_have_all_of_fewer(space):
    few, many = random_archs(space, 30), random_archs(space, 50)
    assert len(np.unique(many, axis=0)) == len(many) == 50
    assert set(space.keys(few)) < set(space.keys(many))
    assert (np.diff(np.argsort(space.keys(many))) == 1).all(), "in the order of a table"
    assert Population("random-1000", space).among(many).all(), "what supernets of large spaces predict"


def test_a_small_space_gives_all_its_architectures_and_no_more():
    small = Toy(sizes=(2, 3))
    np.testing.assert_array_equal(random_archs(small, 6), small.enumerate())
    with pytest.raises(RecipeError, match="7 random architectures of 'toy': it has only 6"):
        random_archs(small, 7)


def test_the_random_thousand_is_the_same_on_every_machine():
    # Born from this code on 2026-11-22; depends on sha256 and the strings alone, so it never changes.
    chosen = Population("random-1000", NB201)
    assert chosen.sha256 == "e629f1d498986620b6a2f6a6a1f2589cde1b13a80973b714b58e1277c4faf757"
    assert NB201.spell(tuple(chosen.archs()[0].tolist())) == (
        "|none~0|+|none~0|none~1|+|none~0|avg_pool_3x3~1|avg_pool_3x3~2|"
    )


def test_the_random_thousand_is_spread_over_the_space():
    genes = Population("random-1000", NB201).archs()
    np.testing.assert_allclose(np.bincount(genes.ravel(), minlength=5) / 6000, 0.2, atol=0.02)  # 4 standard errors


def test_a_smaller_table_holds_a_part_of_the_thousand_with_another_digest():
    whole, half = Population("random-1000", NB201, CELLS), Population("random-1000", NB201, CELLS[:8000])
    np.testing.assert_array_equal(half.among(CELLS), whole.among(CELLS))
    assert half.sha256 != whole.sha256 == Population("random-1000", NB201).sha256


def test_the_thousand_of_a_space_too_large_to_list_is_taken_from_the_table():
    track1 = SPACES.get("track1")()
    genes = track1.sample(np.random.default_rng(0), 1500)
    chosen = Population("random-1000", track1, genes)
    selected = chosen.among(genes)
    assert selected.sum() == 1000
    np.testing.assert_array_equal(chosen.archs(), genes[selected])
    np.testing.assert_array_equal(Population("random-1000", track1, genes[::-1]).among(genes), selected)


def test_a_masked_space_leaves_its_removed_operations_out_of_every_population():
    masked = SPACES.get("nb201")(mask=("none",))
    whole = Population("random-1000", NB201, CELLS)
    assert Population("all", masked).among(CELLS).sum() == 4**6
    assert whole.of(masked).among(CELLS).sum() == 1000
    assert masked.contains(whole.of(masked).archs()).all()


def test_the_digest_of_a_list_ignores_its_order_but_not_its_members():
    assert list_sha256(NB201, CELLS[:9]) == list_sha256(NB201, CELLS[:9][::-1])
    assert list_sha256(NB201, CELLS[:9]) != list_sha256(NB201, CELLS[1:10])


def test_an_unknown_population_names_the_closest():
    with pytest.raises(UnknownName, match="unknown population 'conected'; did you mean 'connected'"):
        Population("conected", NB201)


def test_the_digest_of_a_large_space_tells_apart_what_64_bits_would_not():
    one, other = np.zeros((2, 40), dtype=np.int8)
    other[0] = 1  # worth 4^19 * 10^20, a multiple of 2^38 * 2^20 * 5^20: above 2^64
    assert list_sha256(HUGE, one[None]) != list_sha256(HUGE, other[None])
    assert list_sha256(HUGE, np.stack([one, other])) == list_sha256(HUGE, np.stack([other, one]))


@pytest.mark.parametrize("name", ["random-1000", "random-50", "connected-500"])
def test_without_table_and_list_the_drawn_ones_are_the_first_different_samples(name):
    chosen = Population(name, HUGE)
    archs = chosen.archs()
    assert archs.shape == (DRAWN[name], 40)
    assert len(np.unique(archs, axis=0)) == DRAWN[name]
    assert (np.diff(np.unique(HUGE.keys(archs), return_index=True)[1]) == 1).all(), "sorted by their genes"
    assert chosen.among(archs).all()
    assert not chosen.among(HUGE.sample(np.random.default_rng(0), 100)).any()
    np.testing.assert_array_equal(archs, Population(name, replace(HUGE)).archs())
    assert chosen.sha256 == list_sha256(HUGE, archs)


def test_connected_ones_alone_are_drawn_where_those_are_asked_for():
    assert (Population("connected-500", HUGE).archs()[:, 0] != 0).all()
    assert (Population("random-1000", HUGE).archs()[:, 0] == 0).any()


@pytest.mark.slow
def test_repeated_samples_count_once():
    tiny = Toy(sizes=(2,) * 6)
    archs = Population("random-50", replace(tiny, pretends_large=True)).archs()
    assert len(np.unique(archs, axis=0)) == 50
    with pytest.raises(RecipeError, match=r"population 'random-1000' of space 'toy': .* contain only 64 of the 1000"):
        Population("random-1000", replace(tiny, pretends_large=True)).archs()


@pytest.mark.parametrize("name", ["all", "connected", "canonical", "functions"])
def test_all_of_a_space_without_table_and_list_cannot_be_asked(name):
    chosen = Population(name, HUGE)
    assert chosen.among(HUGE.sample(np.random.default_rng(0), 100)).any(), "membership needs no list"
    with pytest.raises(RecipeError, match=rf"population '{name}' of space 'toy' cannot be listed: .*\(random-1000, ra"):
        chosen.archs()


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("space", ["nb201", "macro", "track1"])
def test_the_halves_share_no_architecture_and_are_all_connected_ones(space):
    space = SPACES.get(space)()
    genes = space.enumerate() if space.listable else space.sample(np.random.default_rng(0), 500)
    design, confirmation = (Population(half, space, genes).among(genes) for half in HALVES)
    assert not (design & confirmation).any()
    np.testing.assert_array_equal(design | confirmation, space.connected(genes))
    assert abs(design.sum() - confirmation.sum()) < 0.1 * len(genes)


@pytest.mark.slow
def test_what_computes_the_same_is_in_the_same_half_under_any_mask_and_in_any_table():
    half = Population("design", NB201, CELLS).among(CELLS)
    connected = NB201.connected(CELLS)
    functions = NB201.keys(NB201.representative(CELLS))
    assert not set(functions[half]) & set(functions[connected & ~half])
    masked = SPACES.get("nb201")(mask=("none",))
    inside = masked.contains(CELLS)
    np.testing.assert_array_equal(Population("design", masked).among(CELLS), half & inside)
    np.testing.assert_array_equal(Population("design", NB201, CELLS[::3]).among(CELLS[::3]), half[::3])


@pytest.mark.slow
def test_the_halves_are_the_same_on_every_machine():
    # Born from this code on 2026-11-28; depends on sha256 and the functions of cells alone, so it never changes.
    cell = "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|"
    first = "|skip_connect~0|+|skip_connect~0|skip_connect~1|+|nor_conv_1x1~0|nor_conv_1x1~1|avg_pool_3x3~2|"
    genes = np.array([NB201.parse(cell)], dtype=np.int8)
    assert NB201.spell_all(NB201.representative(genes)) == [first]
    assert hashlib.sha256(f"halves/nb201/{first}".encode()).digest()[0] == 25, "odd: confirmation"
    assert Population("confirmation", NB201).among(genes)[0]
    assert [Population(half, NB201).archs().shape[0] for half in HALVES] == [7154, 8130]
