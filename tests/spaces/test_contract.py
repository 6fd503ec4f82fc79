"""What holds for every registered space, plug-ins included."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.errors import DataError, RecipeError
from bench.rng import stream
from bench.spaces import SPACES
from tests.spaces.toy import Toy

TOYS = {"toy": Toy(), "odd-toy": Toy(odd=True), "huge-odd-toy": Toy(sizes=(4,) * 20 + (10,) * 20, odd=True)}
SPACES_CHECKED = TOYS | {name: SPACES.get(name)() for name in SPACES.names()}
EVERY = pytest.mark.parametrize("space", SPACES_CHECKED.values(), ids=SPACES_CHECKED)


def architectures(space):
    """Return a strategy: of combinations, or, where hardly any is valid, of samples of the space."""
    if not space.listable and space.size_is_exact:
        return st.sampled_from([tuple(arch) for arch in space.sample(stream(0, "test"), 200).tolist()])
    combinations = st.tuples(*[st.sampled_from(allowed) for allowed in space.allowed])
    return combinations.filter(lambda arch: space.valid(np.array([arch], dtype=np.int8))[0])


@pytest.mark.quick_cases(0, 2)
@EVERY
@settings(max_examples=20)
@given(data=st.data())
def test_spelling_and_parsing_an_architecture_is_the_identity(space, data):
    arch = data.draw(architectures(space))
    assert space.parse(space.spell(arch)) == arch
    genes = np.array([arch, space.parse(space.spell(arch))], dtype=np.int8)
    np.testing.assert_array_equal(space.parse_all(space.spell_all(genes), "here"), genes)


@pytest.mark.quick_cases(0, 2)
@EVERY
@settings(max_examples=20)
@given(data=st.data())
def test_the_canonical_form_is_its_own(space, data):
    genes = np.array([data.draw(architectures(space))], dtype=np.int8)
    once = space.canonical(genes)
    assert once.dtype == np.int8
    np.testing.assert_array_equal(space.canonical(once), once)


@pytest.mark.quick_cases(0, 2)
@EVERY
@settings(max_examples=20)
@given(data=st.data())
def test_neighbours_are_the_valid_ones_that_differ_in_one_decision(space, data):
    arch = data.draw(architectures(space))
    neighbours = space.neighbours(arch)
    combinations = [
        (*arch[:place], choice, *arch[place + 1 :])
        for place, allowed in enumerate(space.allowed)
        for choice in sorted(set(allowed) - {arch[place]})
    ]
    valid = space.contains(np.array(combinations, dtype=np.int8))
    assert neighbours == [other for other, kept in zip(combinations, valid, strict=True) if kept]
    for other in neighbours[:3]:
        assert arch in space.neighbours(other)


@pytest.mark.quick_cases(0, 2)
@EVERY
@settings(max_examples=20)
@given(data=st.data())
def test_keys_are_equal_and_sorted_as_the_genes_are(space, data):
    archs = data.draw(st.lists(architectures(space), min_size=1, max_size=20))
    genes = np.array(archs, dtype=np.int8)
    keys = space.keys(genes)
    assert keys.shape == (len(archs),)
    assert [tuple(genes[row]) for row in np.argsort(keys, kind="stable")] == sorted(archs)
    np.testing.assert_array_equal(
        genes[np.unique(keys, return_index=True)[1]], np.array(sorted(set(archs)), dtype=np.int8)
    )
    assert np.isin(keys, space.keys(genes[:1])).tolist() == [arch == archs[0] for arch in archs]


@EVERY
def test_samples_are_allowed_and_equal_for_equal_streams(space):
    genes = space.sample(stream(0, "test"), 100)
    assert genes.dtype == np.int8
    assert genes.shape == (100, space.decisions)
    assert space.contains(genes).all()
    np.testing.assert_array_equal(genes, space.sample(stream(0, "test"), 100))


@EVERY
def test_every_cost_is_one_finite_number_per_architecture(space):
    for cost in space.costs(space.sample(stream(0, "test"), 50)).values():
        assert cost.shape == (50,)
        assert np.isfinite(cost).all()


@EVERY
def test_an_enumerated_space_holds_every_architecture_once_in_the_order_of_keys(space):
    if not space.listable:
        with pytest.raises(RecipeError, match=rf"space '{space.slot_name()}' has .* cannot be listed .*sample it"):
            space.enumerate()
        return
    genes = space.enumerate()
    assert space.contains(genes).all()
    assert len(genes) == space.size == len({tuple(arch) for arch in genes.tolist()})
    grid = np.array(list(itertools.product(*space.allowed)), dtype=np.int8)
    np.testing.assert_array_equal(genes, grid[space.contains(grid)])


def test_a_space_of_a_known_number_of_choices_has_that_size():
    assert Toy().size == Toy().combinations == 24
    assert Toy(odd=True).size == 12
    huge = TOYS["huge-odd-toy"]
    assert huge.size == 4**20 * 10**20, "invalid ones included, as nobody can count them"


def test_an_invalid_combination_is_not_in_the_space():
    genes = np.array([[0, 0, 1], [0, 1, 1], [2, 3, 0], [2, 4, 1]], dtype=np.int8)
    assert Toy(odd=True).contains(genes).tolist() == [True, False, True, False]  # the last gene 4 is no choice
    assert Toy().contains(genes).tolist() == [True, True, True, False]


def test_samples_of_a_space_with_invalid_combinations_are_equally_likely():
    space = Toy(odd=True)
    genes = space.sample(stream(0, "test"), 12_000)
    counts = np.unique(space.keys(genes), return_counts=True)[1]
    assert len(counts) == 12
    np.testing.assert_allclose(counts, 1_000, atol=4 * 31)  # four standard errors


def test_a_space_of_valid_combinations_alone_draws_every_decision_once():
    """Stored runs depend on these draws."""
    space, rng = Toy(), stream(0, "test")
    columns = [rng.choice(np.arange(size, dtype=np.int8), size=7) for size in space.sizes]
    np.testing.assert_array_equal(space.sample(stream(0, "test"), 7), np.stack(columns, axis=1))


@pytest.mark.slow
def test_a_space_of_almost_no_valid_combination_says_so():
    with pytest.raises(RecipeError, match=r"space 'toy': 0 of 1,\d{3},\d{3} random combinations are valid, too few"):
        Toy(sizes=(10,) * 20, rare=True).sample(stream(0, "test"), 5)


def test_no_two_architectures_of_a_huge_space_share_a_key():
    huge = Toy(sizes=(4,) * 20 + (10,) * 20)
    genes = np.concatenate([np.zeros((1, 40), dtype=np.int8), np.eye(40, dtype=np.int8)])
    assert len(np.unique(huge.keys(genes))) == 41, "the first decision is worth more than 2^64"


@EVERY
def test_an_error_among_many_strings_says_which_entry_is_wrong(space):
    good = space.spell(tuple(space.extremes()[0].tolist()))
    with pytest.raises(DataError, match=r"list\.csv, entry 2: 'nonsense'"):
        space.parse_all([good, "nonsense"], "list.csv")


@EVERY
def test_the_extremes_are_the_smallest_and_the_largest_architecture(space):
    extremes = space.extremes()
    assert extremes.shape == (2, space.decisions)
    assert space.contains(extremes).all()
    costs = space.costs(np.concatenate([extremes, space.sample(stream(0, "test"), 50)]))
    if "params" not in costs:
        with pytest.raises(RecipeError, match=f"space '{space.slot_name()}' has no parameter counts"):
            space.complexity(extremes)
        return
    assert costs["params"][0] == costs["params"].min()
    assert costs["params"][1] == costs["params"].max()
    np.testing.assert_allclose(space.complexity(extremes), [0, 1])
