"""Each averaging against its formula; what holds for every one is in bench/contracts/averagings.py."""

import numpy as np
import pytest
import torch

from bench.errors import RecipeError
from bench.optimize.averagings.checkpoint_averaging import CheckpointAveraging
from bench.optimize.averagings.checkpoint_ensemble import CheckpointEnsemble
from bench.optimize.averagings.exponential_averaging import ExponentialAveraging
from bench.optimize.averagings.no_averaging import NoAveraging


@pytest.fixture
def weights():
    return {"a": torch.ones(3, requires_grad=True), "b": torch.full((2, 2), 5.0)}


def test_no_averaging_keeps_nothing(weights):
    assert NoAveraging().start(weights).sets == {}


def test_the_exponential_average_is_its_formula(weights):
    averaging, rng = ExponentialAveraging(decay=0.6), np.random.default_rng(0)
    averaged, expected = averaging.start(weights), 1.0
    for update in range(1, 30):
        value = rng.normal()
        with torch.no_grad():
            weights["a"].fill_(value)
        averaging.update(averaged, weights, update, 29)
        decay = min(0.6, (1 + update) / (10 + update))
        expected = decay * expected + (1 - decay) * value
        np.testing.assert_allclose(averaged.sets[0]["a"], [expected] * 3, rtol=1e-5)


@pytest.mark.parametrize("decay", [0, 1])
def test_a_decay_outside_its_range_is_refused(decay):
    with pytest.raises(RecipeError, match=f"exponential-averaging.decay is {decay}; allowed: above 0 to below 1"):
        ExponentialAveraging(decay=decay)


def trained(averaging, weights, values):
    """Return what is kept after updates whose weights are `values`."""
    kept = averaging.start(weights)
    for update, value in enumerate(values, 1):
        with torch.no_grad():
            weights["a"].fill_(value)
        averaging.update(kept, weights, update, len(values))
    return kept


def test_checkpoint_averaging_is_the_mean_of_evenly_spaced_moments_of_the_last_part(weights):
    kept = trained(CheckpointAveraging(count=3, fraction=0.5), weights, range(1, 13))
    np.testing.assert_allclose(kept.sets[0]["a"], np.mean([8, 10, 12]))


def test_a_checkpoint_ensemble_keeps_each_of_them(weights):
    averaging = CheckpointEnsemble(count=3, fraction=0.5)
    members = averaging.predicting(trained(averaging, weights, range(1, 13)), weights)
    assert [member["a"].tolist() for member in members] == [[8] * 3, [10] * 3, [12] * 3]


@pytest.mark.parametrize("kind", [CheckpointAveraging, CheckpointEnsemble])
def test_the_last_moment_is_the_end_of_training_and_none_is_lost(kind, weights):
    for total in range(7, 30):
        averaging = kind(count=3, fraction=0.5)
        moments = [update for update in range(1, total + 1) if averaging.number(update, total)]
        assert len(moments) == 3
        assert moments[-1] == total


@pytest.mark.parametrize(("field", "value"), [("count", 0), ("fraction", 0), ("fraction", 1.5)])
def test_a_moment_outside_training_is_refused(field, value):
    with pytest.raises(RecipeError, match=rf"checkpoint-averaging\.{field} is {value}; allowed: "):
        CheckpointAveraging(**{field: value})


def test_of_more_moments_than_updates_each_update_is_one(weights):
    assert [CheckpointAveraging(count=5, fraction=1.0).number(update, 3) for update in (1, 2, 3)] == [1, 2, 3]
    averaging = CheckpointEnsemble(count=3, fraction=0.5)
    assert len(averaging.predicting(trained(averaging, weights, [1, 2, 3, 4]), weights)) == 2
    assert len(averaging.predicting(trained(averaging, weights, [1]), weights)) == 1
