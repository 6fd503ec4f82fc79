from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from bench.errors import RecipeError
from bench.rng import stream
from bench.sample.paths import PATHS
from bench.sample.paths.strict_fair import StrictFair
from bench.slot import State
from bench.spaces.nb201 import NB201
from bench.spaces.track1 import Track1
from tests.spaces.toy import NotAllZero, Toy


@pytest.mark.parametrize(("space", "block"), [(NB201(), 5), (NB201(mask=("none", "skip_connect")), 3), (Track1(), 16)])
@settings(max_examples=20)
@given(seed=st.integers(0, 2**32))
def test_every_block_holds_each_choice_equally_often(space, block, seed):
    genes = StrictFair().draw(space, stream(seed, "paths"))
    assert len(genes) == block
    for decision, allowed in enumerate(space.allowed):
        counts = np.bincount(genes[:, decision], minlength=max(allowed) + 1)
        assert set(counts[list(allowed)]) == {block // len(allowed)}


def test_the_block_of_a_single_architecture_is_one_path():
    space = NB201(fixed=NB201().spell((3, 1, 0, 2, 4, 3)))
    assert StrictFair().draw(space, stream(0, "paths")).tolist() == [[3, 1, 0, 2, 4, 3]]


def test_the_choices_of_two_decisions_are_paired_at_random():
    rng = stream(0, "paths")
    genes = np.concatenate([StrictFair().draw(NB201(), rng) for _ in range(1_000)])
    assert chisquare(np.bincount(genes[:, 0] * 5 + genes[:, 5], minlength=25)).pvalue > 1e-4


@pytest.mark.parametrize("count", [1, 3, 5, 16, 24])
def test_a_count_reads_the_same_blocks_so_many_paths_at_a_time(count):
    space = Track1()
    sampler = StrictFair(count=count)
    blocks = islice(StrictFair().updates(space, stream(0, "paths"), State()), 3 * count)
    updates = islice(sampler.updates(space, stream(0, "paths"), State()), 48)
    genes = np.concatenate(list(updates))
    assert sampler.per_update(space) == count
    np.testing.assert_array_equal(genes, np.concatenate(list(blocks)))


def test_no_path_is_no_update():
    with pytest.raises(RecipeError, match=r"strict-fair\.count is 0; allowed: a whole number, 1 or more"):
        StrictFair(count=0)


def test_a_block_with_an_invalid_architecture_is_drawn_again():
    space, updates = NotAllZero(), StrictFair().updates(NotAllZero(), stream(0, "paths"), State())
    blocks = list(islice(updates, 500))
    assert all(space.valid(genes).all() for genes in blocks)
    for genes in blocks:
        assert (np.sort(genes, axis=0) == [[0] * 3, [1] * 3, [2] * 3]).all()
    assert len({tuple(arch) for genes in blocks for arch in genes.tolist()}) == 26


def test_a_space_with_hardly_a_valid_block_says_so_and_names_another_sampler():
    with pytest.raises(
        RecipeError, match=r"each of 1,000 fair blocks of 16 architectures .* 'toy'; .* such as uniform"
    ):
        StrictFair().draw(Toy(sizes=(16, 16), odd=True), stream(0, "paths"))


@pytest.mark.parametrize("name", PATHS.names())
def test_every_sampler_draws_valid_architectures_of_a_space_with_an_invalid_combination(name):
    space, paths = NotAllZero(), PATHS.get(name)()
    updates = paths.updates(space, stream(0, "paths"), paths.start(space))
    drawn = np.concatenate(list(islice(updates, 200)))
    assert space.contains(drawn).all()
