"""What holds for every registered averaging, plug-ins included; then the exponential one against its formula."""

import numpy as np
import pytest
import torch

from bench.errors import RecipeError
from bench.optimize import AVERAGINGS
from bench.optimize.exponential_averaging import ExponentialAveraging
from bench.optimize.no_averaging import NoAveraging

EVERY = pytest.mark.parametrize(
    "averaging", [AVERAGINGS.get(name)() for name in AVERAGINGS.names()], ids=AVERAGINGS.names()
)


@pytest.fixture
def weights():
    return {"a": torch.ones(3, requires_grad=True), "b": torch.full((2, 2), 5.0)}


@EVERY
def test_the_average_of_resting_weights_is_the_weights(averaging, weights):
    averaged = averaging.start(weights)
    for update in range(1, 20):
        averaging.update(averaged, weights, update)
    assert averaged.keys() <= weights.keys()
    for name, value in averaged.items():
        torch.testing.assert_close(value, weights[name].detach())
        assert not value.requires_grad


@EVERY
def test_averaging_never_touches_the_weights_themselves(averaging, weights):
    averaged = averaging.start(weights)
    with torch.no_grad():
        weights["a"].add_(1)
    averaging.update(averaged, weights, 1)
    assert weights["a"].tolist() == [2, 2, 2]


def test_no_averaging_keeps_nothing(weights):
    assert NoAveraging().start(weights) == {}


def test_the_exponential_average_is_its_formula(weights):
    averaging, rng = ExponentialAveraging(decay=0.6), np.random.default_rng(0)
    averaged, expected = averaging.start(weights), 1.0
    for update in range(1, 30):
        value = rng.normal()
        with torch.no_grad():
            weights["a"].fill_(value)
        averaging.update(averaged, weights, update)
        decay = min(0.6, (1 + update) / (10 + update))
        expected = decay * expected + (1 - decay) * value
        np.testing.assert_allclose(averaged["a"], [expected] * 3, rtol=1e-5)


@pytest.mark.parametrize("decay", [0, 1])
def test_a_decay_outside_its_range_is_refused(decay):
    with pytest.raises(RecipeError, match=f"exponential-averaging.decay is {decay}; allowed: between 0 and 1"):
        ExponentialAveraging(decay=decay)
