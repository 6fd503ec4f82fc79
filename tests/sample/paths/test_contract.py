"""What holds for every registered path sampler, plug-ins included."""

from dataclasses import replace

import numpy as np
import pytest

from bench.errors import RecipeError
from bench.rng import stream
from bench.sample.paths import PATHS
from bench.spaces.nb201 import NB201
from bench.spaces.track1 import Track1

EVERY = pytest.mark.parametrize("sampler", [PATHS.get(name)() for name in PATHS.names()], ids=PATHS.names())
SPACES = {
    "all": NB201(),
    "masked": NB201(mask=("none", "nor_conv_1x1")),
    "fixed": NB201(fixed=NB201().spell((3, 1, 0, 2, 4, 3))),
    "unequal-choices": Track1(),
}
ON_EVERY_SPACE = pytest.mark.parametrize("space", SPACES.values(), ids=SPACES.keys())


@EVERY
@ON_EVERY_SPACE
def test_an_update_holds_the_promised_number_of_allowed_architectures(sampler, space):
    rng = stream(0, "paths")
    for _ in range(20):
        genes = sampler.draw(space, rng)
        assert genes.dtype == np.int8
        assert genes.shape == (sampler.per_update(space), space.decisions)
        assert space.contains(genes).all()


@EVERY
@ON_EVERY_SPACE
def test_a_sampler_keeps_no_state_beside_the_stream(sampler, space):
    rng, again = stream(0, "paths"), stream(0, "paths")
    first = [sampler.draw(space, rng) for _ in range(3)]
    second = [replace(sampler).draw(space, again) for _ in range(3)]
    np.testing.assert_array_equal(first, second)
    assert rng.bit_generator.state == again.bit_generator.state


@EVERY
def test_an_epoch_holds_many_different_architectures(sampler):
    """Two published code bases trained the same five architectures for a whole epoch."""
    space, rng = NB201(), stream(0, "paths")
    drawn = np.concatenate([sampler.draw(space, rng) for _ in range(196)])
    at_random = drawn[~(drawn[:, None] == space.extremes()).all(axis=2).any(axis=1)]  # a sandwich repeats its ends
    assert len(at_random) > 0.9 * 196
    assert len(np.unique(at_random, axis=0)) > 0.9 * len(at_random)


@EVERY
def test_an_unknown_reduction_is_refused(sampler):
    with pytest.raises(RecipeError, match=rf"{sampler.slot_name()}\.reduction is 'average'; allowed: mean, sum"):
        replace(sampler, reduction="average")
