"""Paths spread evenly over their numbers of nonlinear operations."""

import numpy as np
import pytest

from bench.errors import RecipeError
from bench.rng import stream
from bench.sample.paths.uniform_nonlinear import UniformNonlinear
from bench.spaces.nb201 import NB201
from bench.spaces.track1 import Track1

DRAWS = 7_000


def test_every_number_of_convolutions_is_drawn_equally_often():
    space, rng = NB201(), stream(0, "paths")
    drawn = UniformNonlinear(count=DRAWS).draw(space, rng)
    found = np.bincount(space.nonlinear(drawn), minlength=7) / DRAWS
    assert found == pytest.approx([1 / 7] * 7, abs=4 * (1 / 7 / DRAWS) ** 0.5)


def test_architectures_of_one_number_are_equally_likely():
    space = NB201(mask=("none", "skip_connect", "avg_pool_3x3"))  # six convolutions each: one number
    drawn = UniformNonlinear(count=DRAWS).draw(space, stream(0, "paths"))
    assert (drawn == 2).mean(axis=0) == pytest.approx([0.5] * 6, abs=4 * 0.5 / DRAWS**0.5)


def test_a_space_that_counts_none_is_refused():
    with pytest.raises(RecipeError, match="space 'track1' counts no nonlinear operations, so 'uniform-nonlinear'"):
        UniformNonlinear().draw(Track1(), stream(0, "paths"))
