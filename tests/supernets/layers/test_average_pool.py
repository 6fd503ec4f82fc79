"""The average pool against PyTorch's own kernel."""

import pytest
import torch
from torch.nn import functional

from bench.supernets.layers.average_pool import average_pool

SIDES = [(2, 2), (4, 9), (8, 8), (16, 11)]


def images(rows, columns, dtype=torch.float64):
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(3, 5, rows, columns, dtype=dtype, generator=generator)
    return values.to(memory_format=torch.channels_last)


def reference(values):
    return functional.avg_pool2d(values, 3, 1, 1, count_include_pad=False)


@pytest.mark.parametrize("side", SIDES, ids=str)
def test_the_shifted_sums_are_the_average_without_padding(side):
    values = images(*side)
    torch.testing.assert_close(average_pool(values), reference(values))
    assert average_pool(values).is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("side", SIDES, ids=str)
def test_the_gradient_is_that_of_the_average(side):
    values, weights = images(*side).requires_grad_(), images(*side).roll(1, 0)
    own, expected = (torch.autograd.grad(pool(values), values, weights)[0] for pool in (average_pool, reference))
    torch.testing.assert_close(own, expected)


def test_a_gradient_can_be_taken_after_a_prediction_of_the_same_side():
    with torch.inference_mode():
        average_pool(images(12, 12, torch.float32))
    values = images(12, 12, torch.float32).requires_grad_()
    average_pool(values).sum().backward()
    assert torch.isfinite(values.grad).all()


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("side", SIDES[2:], ids=str)
def test_the_gradient_is_that_of_small_differences(side):
    assert torch.autograd.gradcheck(average_pool, images(*side)[:1].requires_grad_())
