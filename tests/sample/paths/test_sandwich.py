from itertools import islice

import numpy as np
import pytest
from scipy.stats import chisquare

from bench.errors import RecipeError
from bench.rng import stream
from bench.sample.paths.sandwich import Sandwich
from bench.slot import State
from bench.spaces.nb201 import NB201
from bench.spaces.track1 import Track1


@pytest.mark.slow
def test_the_largest_comes_first_then_the_smallest_then_uniform_ones():
    space, rng = NB201(), stream(0, "paths")
    updates = np.array([Sandwich(between=4).draw(space, rng) for _ in range(2_000)])
    assert (updates[:, 0] == 3).all()
    assert (updates[:, 1] == 1).all()
    between = updates[:, 2:].reshape(-1, 6)
    for decision in range(6):
        assert chisquare(np.bincount(between[:, decision], minlength=5)).pvalue > 1e-4


@pytest.mark.parametrize(
    ("space", "smallest", "largest"),
    [
        (NB201(mask=("skip_connect", "nor_conv_3x3")), 4, 2),
        (NB201(mask=("skip_connect", "avg_pool_3x3", "nor_conv_1x1", "nor_conv_3x3")), 0, 0),
        (NB201(mask=("none", "nor_conv_1x1")), 1, 3),
    ],
)
def test_a_mask_leaves_the_next_larger_or_smaller_operation(space, smallest, largest):
    genes = Sandwich(between=0).draw(space, stream(0, "paths"))
    assert genes.tolist() == [[largest] * 6, [smallest] * 6]


def test_the_widest_and_the_narrowest_network_are_the_ends_of_a_channel_space():
    genes = Sandwich(between=1).draw(Track1(), stream(0, "paths"))
    assert Track1().spell(tuple(genes[0].tolist())).startswith("16-16")
    assert genes[1].tolist() == [0] * 19


def test_a_negative_number_between_is_refused():
    with pytest.raises(RecipeError, match=r"sandwich\.between is -1; allowed: a whole number, 0 or more"):
        Sandwich(between=-1)


@pytest.mark.parametrize("between", [4, 16])
def test_fair_ones_between_use_up_each_choice_of_a_block(between):
    space = Track1()
    updates = list(
        islice(Sandwich(between=between, fair=True).updates(space, stream(0, "paths"), State()), 16 // between * 5)
    )
    between_ends = np.concatenate([update[2:] for update in updates])
    for block in between_ends.reshape(5, 16, 19):
        for decision, names in enumerate(space.choices):
            counts = np.bincount(block[:, decision], minlength=len(names))
            assert set(counts) == {16 // len(names)}


def test_without_the_smallest_the_largest_stands_alone_before_the_others():
    space = Track1()
    sampler = Sandwich(between=2, smallest=False)
    genes = sampler.draw(space, stream(0, "paths"))
    assert sampler.per_update(space) == len(genes) == 3
    assert (genes[0] == space.extremes()[1]).all()
    assert not (genes[1:] == 0).all(axis=1).any()
