"""What holds for every registered loss, plug-ins included; then cross-entropy against its formula."""

import numpy as np
import pytest
import torch

from bench.errors import RecipeError
from bench.optimize.losses import LOSSES
from bench.optimize.losses.cross_entropy import CrossEntropy

EVERY = pytest.mark.parametrize("loss", [LOSSES.get(name)() for name in LOSSES.names()], ids=LOSSES.names())
LABELS = torch.tensor([0, 2, 1, 2])


@pytest.fixture
def logits():
    return torch.from_numpy(np.random.default_rng(0).normal(size=(4, 3))).requires_grad_()


@EVERY
def test_a_loss_is_a_finite_scalar_with_finite_gradients(loss, logits):
    value = loss(logits, LABELS)
    value.backward()
    assert value.shape == ()
    assert torch.isfinite(value)
    assert torch.isfinite(logits.grad).all()
    assert logits.grad.abs().sum() > 0


@EVERY
def test_the_right_answers_cost_less_than_the_wrong_ones(loss):
    right = 3 * torch.nn.functional.one_hot(LABELS).double()
    assert loss(right, LABELS) < loss(-right, LABELS)


@EVERY
def test_a_loss_is_a_mean_over_the_batch(loss, logits):
    twice = loss(torch.cat([logits, logits]), torch.cat([LABELS, LABELS]))
    torch.testing.assert_close(twice, loss(logits, LABELS))


@pytest.mark.parametrize("smoothing", [0, 0.1])
def test_cross_entropy_is_its_formula(logits, smoothing):
    values = logits.detach().numpy()
    log_probability = values - np.log(np.exp(values).sum(axis=1, keepdims=True))
    target = (1 - smoothing) * np.eye(3)[LABELS] + smoothing / 3
    expected = -(target * log_probability).sum(axis=1).mean()
    assert CrossEntropy(smoothing=smoothing)(logits, LABELS).item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("smoothing", [-0.1, 1])
def test_a_smoothing_outside_its_range_is_refused(smoothing):
    with pytest.raises(RecipeError, match=f"cross-entropy.smoothing is {smoothing}; allowed: 0 to below 1"):
        CrossEntropy(smoothing=smoothing)
