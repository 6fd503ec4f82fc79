"""Paths in proportion to their parameters."""

import numpy as np
import pytest

from bench.errors import RecipeError
from bench.rng import stream
from bench.sample.paths.pro_rata import ProRata
from bench.spaces.nb201 import NB201
from tests.spaces.toy import Toy


@pytest.mark.slow
def test_an_architecture_is_drawn_in_proportion_to_its_parameters():
    space = NB201(mask=("none", "skip_connect", "avg_pool_3x3"))
    genes = ProRata(count=20_000).draw(space, stream(0, "paths"))
    every = space.enumerate()
    params = space.costs(every)["params"]
    counts = np.zeros(len(every))
    found, times = np.unique(space.keys(genes), return_counts=True)
    counts[np.searchsorted(space.keys(every), found)] = times
    expected = 20_000 * params / params.sum()
    chi_squared = ((counts - expected) ** 2 / expected).sum()
    assert chi_squared < 63 + 4 * np.sqrt(2 * 63)  # 64 cells; four standard deviations
    uniform = ((counts - 20_000 / 64) ** 2 / (20_000 / 64)).sum()
    assert uniform > 1_000


def test_a_space_without_parameters_is_refused():
    class Bare(Toy):
        def costs(self, genes):
            return {}

    with pytest.raises(RecipeError, match="has no parameters, so 'pro-rata' cannot draw from it"):
        ProRata().draw(Bare(), stream(0, "paths"))
