from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from bench.errors import RecipeError
from bench.optimize.optimizers.sgd import SGD


class Two(nn.Module):
    """Two weights, of which an update may use only one."""

    def __init__(self):
        super().__init__()
        self.used, self.unused = nn.Parameter(torch.tensor([1.0])), nn.Parameter(torch.tensor([2.0]))


def trajectory(sgd, uses):
    """Return `unused` after each update; its gradient is 3 in the updates where `uses` says so, absent elsewhere."""
    model = Two()
    optimizer = sgd.build(model)
    values = []
    for use in uses:
        (model.used * 2 + (model.unused * 3 if use else 0)).sum().backward()
        sgd.step(optimizer)
        values.append(model.unused.item())
    return values


def by_hand(sgd, gradients):
    """Return the same from the definition of SGD; None in `gradients` leaves weight and momentum alone."""
    weight, speed, values = 2.0, None, []
    for gradient in gradients:
        if gradient is not None:
            push = gradient + sgd.weight_decay * weight
            speed = push if speed is None else sgd.momentum * speed + push
            weight -= sgd.rate * (push + sgd.momentum * speed if sgd.nesterov else speed)
        values.append(weight)
    return values


@pytest.mark.parametrize("nesterov", [True, False])
@pytest.mark.parametrize("momentum", [0, 0.9])
def test_a_frozen_weight_rests_while_no_path_uses_it(momentum, nesterov):
    sgd = SGD(rate=0.1, momentum=momentum, nesterov=nesterov and momentum > 0, weight_decay=0.01)
    values = trajectory(replace(sgd, nesterov=nesterov), [True, False, False, True])
    assert values[0] == values[1] == values[2]
    np.testing.assert_allclose(values, by_hand(sgd, [3, None, None, 3]), rtol=1e-6)


def test_a_decaying_weight_moves_as_if_its_gradient_were_zero():
    sgd = SGD(rate=0.1, nesterov=True, weight_decay=0.01, unsampled_params="decay")
    values = trajectory(sgd, [False, True, False, False, True])
    np.testing.assert_allclose(values, by_hand(sgd, [0, 3, 0, 0, 3]), rtol=1e-6)
    assert len(set(values)) == 5


def test_gradients_are_gone_after_a_step():
    model, sgd = Two(), SGD(rate=0.1, nesterov=False, weight_decay=0.0)
    optimizer = sgd.build(model)
    model.used.sum().backward()
    sgd.step(optimizer)
    assert model.used.grad is None


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"unsampled_params": "rest"}, "sgd.unsampled_params is 'rest'; allowed: freeze, decay"),
        ({"rate": 0}, "sgd.rate is 0; allowed: above 0, or OPEN for the preset's"),
        ({"momentum": 1}, "sgd.momentum is 1; allowed: 0 to below 1"),
        ({"rate": -0.1}, r"sgd.rate is -0\.1; allowed: above 0"),
        ({"weight_decay": -1}, "sgd.weight_decay is -1; allowed: 0 or more"),
    ],
)
def test_a_setting_outside_its_range_is_refused(settings, reason):
    with pytest.raises(RecipeError, match=reason):
        SGD(**settings)
