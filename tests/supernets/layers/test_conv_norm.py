"""Convolutions on [1, channel, pixel, image] are PyTorch's on [image, channel, row, column]."""

import pytest
import torch
from torch.nn import functional

from bench.supernets.layers.conv_norm import LARGEST, DepthwiseNorm, PointwiseNorm, depthwise, images_first, images_last
from bench.supernets.norms.batch_statistics import BatchStatistics


def pixels(channels, side):
    return torch.randn(5, channels, side, side, generator=torch.Generator().manual_seed(0)).double().requires_grad_()


def test_images_come_back_as_they_went():
    values = pixels(3, 4)
    assert torch.equal(images_first(images_last(values)), values)
    assert images_last(values).shape == (1, 3, 16, 5)
    assert images_last(values)[0, 2, 7, 4] == values[4, 2, 1, 3]


@pytest.mark.parametrize("side", [1, 2, 4, LARGEST, LARGEST + 1])
@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (5, 2), (7, 1), (7, 2)])
def test_a_depthwise_convolution_and_its_gradients_are_those_of_pytorch(side, kernel, stride):
    values, weight = pixels(3, side), torch.randn(3, 1, kernel, kernel).double().requires_grad_()
    expected = functional.conv2d(values, weight, None, stride, kernel // 2, 1, 3)
    found = images_first(depthwise(images_last(values), weight, stride))
    torch.testing.assert_close(found, expected)
    toward = torch.randn(expected.shape).double()
    for own, theirs in zip(
        torch.autograd.grad(found, (values, weight), toward),
        torch.autograd.grad(expected, (values, weight), toward),
        strict=True,
    ):
        torch.testing.assert_close(own, theirs)


def test_fewer_channels_use_the_first_weights():
    wide = PointwiseNorm(4, 6, BatchStatistics()).double()
    deep = DepthwiseNorm(6, 3, 1, BatchStatistics()).double()
    with torch.no_grad():
        wide.weight.normal_()
        deep.weight.normal_()
    values = pixels(3, 4)
    inside = functional.batch_norm(functional.conv2d(values, wide.weight[:2, :3]), None, None, training=True)
    expected = functional.conv2d(inside, deep.weight[:2], None, 1, 1, 1, 2)
    found = deep(wide(images_last(values), 2))
    torch.testing.assert_close(images_first(found), functional.batch_norm(expected, None, None, training=True))


def test_matrices_made_in_prediction_can_be_trained_with():
    weight = torch.randn(2, 1, 3, 3, requires_grad=True)
    with torch.inference_mode():
        depthwise(torch.randn(1, 2, 9, 3), weight, 1)
    depthwise(torch.randn(1, 2, 9, 3), weight, 1).sum().backward()
    assert weight.grad is not None
