"""The bytes of an update are those of a count by hand."""

import torch
from torch import nn

from bench.train.memory import FIRST, Meter


class Square(nn.Module):
    """Multiplies by 100 weights, and squares."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(100))

    def forward(self, values):
        product = values * self.weight
        return product * product


def updated(meter, net, paths, images=7):
    """Run the forward passes of an update, then backward."""
    total = sum(net(torch.ones(images, 100)).sum() for _ in range(paths))
    total.backward()
    meter.updated()


def test_what_backward_needs_is_counted_once_and_without_the_weights():
    net = Square()
    with Meter(net) as meter:
        updated(meter, net, paths=1)
    images, product, weights = 7 * 100 * 4, 7 * 100 * 4, 100 * 4
    assert meter.bytes == 3 * weights + images + product
    assert meter.held.now == 0, "backward frees what was saved"


def test_two_paths_hold_twice_as_much_and_the_most_is_kept():
    net = Square()
    with Meter(net) as meter:
        for paths in (1, 2, 1):
            updated(meter, net, paths)
    assert meter.bytes == 3 * 400 + 2 * 2 * 7 * 400


def test_only_the_first_updates_are_measured():
    net = Square()
    with Meter(net) as meter:
        for _ in range(FIRST):
            updated(meter, net, paths=1)
        updated(meter, net, paths=5)
    assert meter.updates == FIRST
    assert meter.bytes == 3 * 400 + 2 * 7 * 400
