import numpy as np
import pytest
from scipy.stats import chisquare

from bench.errors import RecipeError
from bench.rng import stream
from bench.sample.paths.uniform import Uniform
from bench.spaces.nb201 import NB201
from bench.spaces.track1 import Track1


@pytest.mark.parametrize("space", [NB201(), NB201(mask=("none",)), Track1()], ids=["nb201", "masked", "track1"])
def test_every_choice_of_a_decision_is_drawn_equally_often(space):
    genes = Uniform(count=8_000).draw(space, stream(0, "paths"))
    for decision, allowed in enumerate(space.allowed):
        assert chisquare(np.bincount(genes[:, decision], minlength=max(allowed) + 1)[list(allowed)]).pvalue > 1e-4


def test_decisions_are_drawn_independently():
    genes = Uniform(count=25_000).draw(NB201(), stream(0, "paths"))
    pairs = genes[:, 0] * 5 + genes[:, 5]
    assert chisquare(np.bincount(pairs, minlength=25)).pvalue > 1e-4


def test_fewer_than_one_path_is_refused():
    with pytest.raises(RecipeError, match=r"uniform\.count is 0; allowed: a whole number, 1 or more, paths per update"):
        Uniform(count=0)
