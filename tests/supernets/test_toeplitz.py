import pytest
import torch
from torch.nn import functional

from bench.supernets.nb201.toeplitz import convolve


def stacked(channels, side, after, networks=3, batch=5):
    """Return values [network, channel, row, column, batch] and weights with gradients, in double precision."""
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(networks, channels, side, side, batch, generator=generator, dtype=torch.float64)
    weight = torch.randn(networks, after, channels, 3, 3, generator=generator, dtype=torch.float64)
    return values.requires_grad_(), weight.requires_grad_()


def plain(values, weight):
    """Convolve one network after another by PyTorch."""
    found = [
        functional.conv2d(one.permute(3, 0, 1, 2), kernel, padding=1).permute(1, 2, 3, 0)
        for one, kernel in zip(values, weight, strict=True)
    ]
    return torch.stack(found)


SIZES = [(4, 8, 4), (8, 4, 8), (16, 2, 16), (3, 2, 5), (2, 6, 3), (3, 1, 2)]


@pytest.mark.parametrize(("channels", "side", "after"), SIZES)
def test_products_are_the_convolutions_of_pytorch(channels, side, after):
    values, weight = stacked(channels, side, after)
    torch.testing.assert_close(convolve(values, weight), plain(values, weight))


@pytest.mark.parametrize(("channels", "side", "after"), SIZES)
def test_their_gradients_are_those_of_pytorch(channels, side, after):
    values, weight = stacked(channels, side, after)
    expected = plain(values, weight)
    arriving = torch.randn_like(expected)
    for found, reference in zip(
        torch.autograd.grad(convolve(values, weight), (values, weight), arriving),
        torch.autograd.grad(expected, (values, weight), arriving),
        strict=True,
    ):
        torch.testing.assert_close(found, reference)


def test_a_network_that_diverged_leaves_its_neighbours_alone():
    values, weight = stacked(4, 8, 4)
    broken = values.detach().clone()
    broken[1] = float("nan")
    found = convolve(broken, weight)
    torch.testing.assert_close(found[[0, 2]], plain(values, weight)[[0, 2]])
    assert found[1].isnan().all()
