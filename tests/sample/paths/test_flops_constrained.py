import hashlib

import numpy as np
import pytest
from scipy.stats import chisquare

from bench.errors import RecipeError
from bench.rng import stream
from bench.sample.paths.flops_constrained import FlopsConstrained, usual_bounds
from bench.spaces.nb201 import NB201
from bench.spaces.track1 import Track1
from tests.spaces.toy import Toy


@pytest.mark.slow
@pytest.mark.parametrize("space", [NB201(), pytest.param(Track1(), marks=pytest.mark.slow)], ids=["nb201", "track1"])
def test_every_range_of_flops_is_drawn_equally_often(space):
    low, high = usual_bounds(space)
    genes = FlopsConstrained(count=1_400).draw(space, stream(0, "paths"))
    flops = space.costs(genes)["flops"]
    inside = flops[(low <= flops) & (flops <= high)]
    assert len(inside) > 0.99 * len(flops)
    counts, _ = np.histogram(inside, bins=7, range=(low, high))
    assert chisquare(counts).pvalue > 1e-3
    uniform = space.costs(space.sample(stream(1, "archs"), 1_400))["flops"]
    crowded, _ = np.histogram(uniform, bins=7, range=(low, high))
    assert counts.max() - counts.min() < 0.5 * (crowded.max() - crowded.min())


@pytest.mark.slow
def test_a_range_ends_before_its_upper_edge_and_the_last_one_with_it():
    """The sums of NAS-Bench-201 are few, and some lie on an edge: they belong to the range above."""
    space = NB201()
    sums = np.unique(space.costs(space.enumerate())["flops"])
    low, high = float(sums[3]), float(sums[5])
    one = FlopsConstrained(count=300, bins=1, low=low, high=high)
    assert set(space.costs(one.draw(space, stream(0, "paths")))["flops"]) == set(sums[3:6])
    two = FlopsConstrained(count=300, bins=2, low=low, high=2 * float(sums[4]) - low)  # sums[4] is the inner edge
    genes = two.draw(space, stream(0, "paths"))
    below = (space.costs(genes)["flops"] < sums[4]).mean()
    assert 0.4 < below < 0.6, "half of the draws are of the lower range, which holds no more than its own"


def test_bounds_are_kept():
    space = Track1()
    low, high = 12e6, 16e6
    genes = FlopsConstrained(count=200, low=low, high=high).draw(space, stream(0, "paths"))
    flops = space.costs(genes)["flops"]
    assert ((low <= flops) & (flops <= high)).all()


def test_after_the_last_try_any_architecture_is_taken():
    genes = FlopsConstrained(count=3, low=1.0, high=2.0, tries=60).draw(Track1(), stream(0, "paths"))
    assert genes.shape == (3, 19)


def test_the_bounds_of_a_space_are_the_same_for_every_stream():
    assert usual_bounds(NB201()) == usual_bounds(NB201(mask=()))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"count": 0}, r"flops-constrained\.count is 0; allowed: a whole number, 1 or more"),
        ({"bins": 0}, r"flops-constrained\.bins is 0"),
        ({"tries": 0}, r"flops-constrained\.tries is 0"),
        ({"low": 3.0, "high": 2.0}, r"flops-constrained\.low is 3; allowed: below high, 2"),
    ],
)
def test_impossible_settings_are_refused(settings, message):
    with pytest.raises(RecipeError, match=message):
        FlopsConstrained(**settings)


def test_one_bound_beyond_the_usual_other_one_is_refused():
    with pytest.raises(RecipeError, match=r"would draw from 4e\+07 to .* FLOPs; allowed: low below high; set both"):
        FlopsConstrained(low=4e7).draw(Track1(), stream(0, "paths"))


def test_a_space_that_counts_no_flops_is_refused():
    with pytest.raises(RecipeError, match="space 'toy' has no FLOPs"):
        FlopsConstrained().draw(Toy(), stream(0, "paths"))
    with pytest.raises(RecipeError, match=r"space 'track1' has no 'macs' among its costs \(params, flops"):
        FlopsConstrained(cost="macs").draw(Track1(), stream(0, "paths"))


@pytest.mark.parametrize(
    ("space", "digest"), [(NB201(), "a9cdfdafd83acafb"), (Track1(), "24d07a229e83d5cb")], ids=["nb201", "track1"]
)
def test_the_draws_of_stored_runs_do_not_change(space, digest):
    """How bounds are estimated and candidates are drawn is no setting: a change of it shows here alone."""
    genes = FlopsConstrained(count=20).draw(space, stream(0, "paths"))
    assert hashlib.sha256(genes.tobytes()).hexdigest()[:16] == digest
