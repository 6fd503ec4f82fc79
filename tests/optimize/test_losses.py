"""Cross-entropy against its formula; what holds for every loss is in bench/contracts/losses.py."""

import numpy as np
import pytest
import torch

from bench.errors import RecipeError
from bench.optimize.losses.cross_entropy import CrossEntropy

LABELS = torch.tensor([0, 2, 1, 2])


@pytest.fixture
def logits():
    return torch.from_numpy(np.random.default_rng(0).normal(size=(4, 3))).requires_grad_()


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
