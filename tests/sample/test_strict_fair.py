import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from bench.rng import stream
from bench.sample.strict_fair import StrictFair
from bench.spaces.nb201 import NB201
from bench.spaces.track1 import Track1


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
