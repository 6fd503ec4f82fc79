import numpy as np
import pytest
from scipy.stats import chisquare

from bench.errors import RecipeError
from bench.rng import stream
from bench.sample.paths.uniform_distinct import UniformDistinct
from bench.spaces.nb201 import NB201
from bench.spaces.track1 import Track1


def test_every_distinct_cell_is_drawn_equally_often():
    space = NB201(mask=("avg_pool_3x3", "nor_conv_1x1"))
    genes = UniformDistinct(count=40_000).draw(space, stream(0, "paths"))
    assert (space.canonical(genes) == genes).all()
    _, counts = np.unique(genes, axis=0, return_counts=True)
    assert len(counts) == len(np.unique(space.canonical(space.enumerate()), axis=0))
    assert chisquare(counts).pvalue > 1e-4


def test_an_operation_that_revives_dead_edges_is_drawn_more_often_than_uniformly():
    """A `none` kills other edges, so that fewer distinct cells hold the operations beside it."""
    genes = UniformDistinct(count=20_000).draw(NB201(), stream(0, "paths"))
    every = NB201().canonical(NB201().enumerate())
    expected = np.mean(np.unique(every, axis=0) == 0)
    assert np.mean(genes == 0) == pytest.approx(expected, abs=0.01)


def test_a_space_without_equal_architectures_is_drawn_decision_by_decision():
    genes = UniformDistinct(count=8_000).draw(Track1(), stream(0, "paths"))
    assert chisquare(np.bincount(genes[:, 18], minlength=16)).pvalue > 1e-4


def test_fewer_than_one_path_is_refused():
    with pytest.raises(RecipeError, match=r"uniform-distinct\.count is 0; allowed: a whole number, 1 or more"):
        UniformDistinct(count=0)
