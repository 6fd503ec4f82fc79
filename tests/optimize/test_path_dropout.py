"""Path dropout: what is kept, and that a rate of 1 is a uniform single path."""

import numpy as np
import pytest
import torch

from bench.contracts.training import in_tiny, started
from bench.errors import RecipeError
from bench.optimize.updates.path_dropout import PathDropout
from bench.rng import stream
from bench.sample.paths.uniform import Uniform
from bench.spaces.nb201 import NB201
from bench.types import Mixture

SPACE = NB201(mask=("none",))


def kept(rate, times=4_000, space=SPACE):
    update = PathDropout(rate=rate)
    state = update.start(torch.nn.Linear(1, 1), space, stream(0, "update"))
    return np.array([update.kept(state) for _ in range(times)])


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.8, 1.0])
def test_every_decision_keeps_one_and_none_that_is_masked(rate):
    found = kept(rate, times=200)
    assert found.any(axis=2).all()
    assert not found[:, :, 0].any()


def test_operations_are_dropped_at_the_rate_and_one_is_kept_where_all_would_be():
    share = kept(0.5)[:, :, 1:].mean(axis=(0, 1))
    np.testing.assert_allclose(share, 0.5 + 0.5**4 / 4, atol=0.02)
    assert kept(0.0, times=3)[:, :, 1:].all()


def test_at_a_rate_of_one_a_uniform_operation_is_kept():
    found = kept(1.0)
    assert (found.sum(axis=2) == 1).all()
    np.testing.assert_allclose(found[:, :, 1:].mean(axis=(0, 1)), 0.25, atol=0.02)


def test_an_update_trains_the_sum_of_what_is_kept():
    training = started(in_tiny(PathDropout(rate=0.5), paths=Uniform(count=2)))
    asked, losses = [], training.losses

    def of(batch, update):
        asked.extend(batch.choices)
        return losses(batch, update)

    training.losses = of
    training.train_epoch()
    assert len(asked) == 2 * training.updates_per_epoch
    assert all(isinstance(choice, Mixture) and choice.only is None for choice in asked)
    weights = torch.stack([choice.weights for choice in asked])
    assert set(weights.unique().tolist()) == {0.0, 1.0}
    assert len(weights.unique(dim=0)) > 1, "drawn anew for every path"


def test_a_rate_is_a_probability():
    with pytest.raises(RecipeError, match=r"path-dropout\.rate is 1\.2; allowed: "):
        PathDropout(rate=1.2)
