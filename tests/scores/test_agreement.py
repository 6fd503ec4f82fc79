"""How far two numbers order things alike."""

import numpy as np
import pytest

from bench.scores import agreement as module
from bench.scores.agreement import agreement
from bench.scores.cache import scores_kept_in

RNG = np.random.default_rng(0)
GROUPS = [np.stack([place + RNG.normal(size=2), place + RNG.normal(size=2)], axis=1) for place in range(5)]


@pytest.fixture
def resampled(monkeypatch):
    """Return a list to which every resampling adds the name of its stream."""
    names, stream = [], module.stream
    monkeypatch.setattr(module, "stream", lambda seed, name: (names.append(name), stream(seed, name))[1])
    monkeypatch.setattr(module, "RESAMPLES", 50)
    return names


def test_numbers_in_the_same_order_agree_by_one():
    found = agreement([np.array([[1.0, 10.0]]), np.array([[2.0, 30.0], [3.0, 40.0]])], "test")
    assert (found.value, found.n) == (1.0, 3)
    assert np.isnan([found.low, found.high]).all(), "two groups have no interval"


def test_an_agreement_that_is_kept_is_not_resampled_again(resampled, tmp_path):
    with scores_kept_in(tmp_path):
        first, second = agreement(GROUPS, "a"), agreement(GROUPS, "a")
        assert (first, resampled) == (second, ["a"])
        assert first.low < first.value < first.high
        assert agreement(GROUPS, "b").low != first.low, "another stream draws other resamples"
    assert agreement(GROUPS, "a") == first


def test_the_same_points_in_other_groups_are_resampled_anew(resampled, tmp_path):
    points = np.concatenate(GROUPS)
    with scores_kept_in(tmp_path):
        apart = agreement(GROUPS, "a"), agreement(list(points[:, None]), "a")
        assert (apart[0].value, len(resampled)) == (apart[1].value, 2)
        assert apart[0].low != apart[1].low
