"""The 1x1 convolution against PyTorch's own."""

import pytest
import torch
from torch.nn import functional

from bench.supernets.layers import pointwise as module
from bench.supernets.layers.pointwise import pointwise

CHANNELS = [(8, 16), (16, 8), (16, 16)]  # the first two are PyTorch's own


def tensors(before, after, side=4):
    generator = torch.Generator().manual_seed(0)
    values, weight = (
        torch.randn(*shape, dtype=torch.float64, generator=generator).to(memory_format=torch.channels_last)
        for shape in ((3, before, side, side + 1), (after, before, 1, 1))
    )
    return values.requires_grad_(), weight.requires_grad_()


@pytest.mark.slow
@pytest.mark.parametrize("channels", CHANNELS, ids=str)
def test_the_product_is_the_convolution_and_so_are_its_gradients(channels):
    inputs = tensors(*channels)
    own, expected = pointwise(*inputs), functional.conv2d(*inputs)
    torch.testing.assert_close(own, expected)
    assert own.is_contiguous(memory_format=torch.channels_last)
    direction = torch.cos(expected.detach())
    gradients = (torch.autograd.grad(result, inputs, direction) for result in (own, expected))
    for first, second in zip(*gradients, strict=True):
        torch.testing.assert_close(first, second)
    assert torch.autograd.gradcheck(pointwise, inputs)


@pytest.mark.parametrize(("before", "largest", "convolutions"), [(16, 2**17, 0), (8, 2**17, 1), (16, 0, 1)])
def test_few_channels_and_many_numbers_are_left_to_pytorch(before, largest, convolutions, monkeypatch):
    called, own = [], functional.conv2d
    monkeypatch.setattr(module.functional, "conv2d", lambda *inputs: called.append(1) or own(*inputs))
    monkeypatch.setattr(module, "LARGEST", largest)
    pointwise(*tensors(before, 16))
    assert len(called) == convolutions
