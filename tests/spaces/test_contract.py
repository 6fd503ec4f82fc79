"""What holds for every registered space, plug-ins included."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.errors import DataError, RecipeError
from bench.rng import stream
from bench.spaces import SPACES

EVERY = pytest.mark.parametrize("space", [SPACES.get(name)() for name in SPACES.names()], ids=SPACES.names())


def architectures(space):
    return st.tuples(*[st.sampled_from(allowed) for allowed in space.allowed])


@EVERY
@settings(max_examples=50)
@given(data=st.data())
def test_spelling_and_parsing_an_architecture_is_the_identity(space, data):
    arch = data.draw(architectures(space))
    assert space.parse(space.spell(arch)) == arch
    genes = np.array([arch, space.parse(space.spell(arch))], dtype=np.int8)
    np.testing.assert_array_equal(space.parse_all(space.spell_all(genes), "here"), genes)


@EVERY
@settings(max_examples=50)
@given(data=st.data())
def test_the_canonical_form_is_its_own(space, data):
    genes = np.array([data.draw(architectures(space))], dtype=np.int8)
    once = space.canonical(genes)
    assert once.dtype == np.int8
    np.testing.assert_array_equal(space.canonical(once), once)


@EVERY
@settings(max_examples=50)
@given(data=st.data())
def test_neighbours_differ_in_one_decision_and_see_each_other(space, data):
    arch = data.draw(architectures(space))
    neighbours = space.neighbours(arch)
    assert len(set(neighbours)) == len(neighbours) == sum(len(allowed) - 1 for allowed in space.allowed)
    assert all(sum(a != b for a, b in zip(arch, other, strict=True)) == 1 for other in neighbours)
    assert arch in space.neighbours(data.draw(st.sampled_from(neighbours)))


@EVERY
@settings(max_examples=50)
@given(data=st.data())
def test_the_code_of_an_architecture_is_its_number_in_mixed_radix(space, data):
    arch = data.draw(architectures(space))
    code = int(space.codes(np.array([arch], dtype=np.int8))[0])
    digits = []
    for names in reversed(space.choices):
        code, digit = divmod(code, len(names))
        digits.append(digit)
    assert (code, tuple(reversed(digits))) == (0, arch)


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
def test_a_space_says_where_it_comes_from(space):
    assert "Source:" in inspect.getdoc(space)


@EVERY
def test_an_enumerated_space_holds_every_architecture_once_in_the_order_of_codes(space):
    if space.size > 1_000_000:
        with pytest.raises(RecipeError, match=rf"space '{space.slot_name()}' has .* cannot be listed .*sample it"):
            space.enumerate()
        return
    codes = space.codes(space.enumerate())
    np.testing.assert_array_equal(codes, np.arange(space.size))


@EVERY
def test_an_error_among_many_strings_says_which_entry_is_wrong(space):
    good = space.spell(tuple(allowed[0] for allowed in space.allowed))
    with pytest.raises(DataError, match=r"list\.csv, entry 2: 'nonsense'"):
        space.parse_all([good, "nonsense"], "list.csv")


@EVERY
def test_the_extremes_are_the_smallest_and_the_largest_architecture(space):
    extremes = space.extremes()
    assert extremes.shape == (2, space.decisions)
    assert space.contains(extremes).all()
    costs = space.costs(np.concatenate([extremes, space.sample(stream(0, "test"), 50)]))
    if "params" not in costs:
        with pytest.raises(RecipeError, match=f"space '{space.slot_name()}' counts no parameters"):
            space.complexity(extremes)
        return
    assert costs["params"][0] == costs["params"].min()
    assert costs["params"][1] == costs["params"].max()
    np.testing.assert_allclose(space.complexity(extremes), [0, 1])
