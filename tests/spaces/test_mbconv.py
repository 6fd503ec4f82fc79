"""The space of inverted bottlenecks."""

import numpy as np
import pytest

from bench.errors import DataError
from bench.rng import stream
from bench.spaces.mbconv import CIFAR, IMAGENET, MBConv, network_costs

SPACE = MBConv()


def test_every_string_of_a_layer_is_a_kernel_and_an_expansion():
    text = "-".join(["k3e4", "k3e5", "k3e6", "k5e4", "k5e5", "k5e6"] + ["k3e4"] * 10)
    assert SPACE.parse(text)[:6] == (0, 1, 2, 3, 4, 5)
    assert SPACE.spell(SPACE.parse(text)) == text


def test_more_expansion_and_a_larger_kernel_cost_more():
    genes = SPACE.sample(stream(0, "archs"), 50)
    genes[:, 7] = 0
    cheapest = SPACE.costs(genes)
    for choice in range(1, 6):
        genes[:, 7] = choice
        for name, cost in SPACE.costs(genes).items():
            assert (cost > cheapest[name]).all()


def test_costs_are_those_of_the_small_and_of_the_whole_network():
    genes = SPACE.sample(stream(0, "archs"), 5)
    costs = SPACE.costs(genes)
    np.testing.assert_array_equal(costs["params"], network_costs(genes, CIFAR)[0])
    np.testing.assert_array_equal(costs["imagenet-flops"], network_costs(genes, IMAGENET)[1])
    assert (costs["imagenet-flops"] > 20 * costs["flops"]).all()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("k3e4-k5e6", "has 2 layers, expected 16 joined by '-'"),
        ("-".join(["k3e4"] * 15 + ["k7e4"]), "'k7e4' at layer 15; allowed: k3e4, k3e5, k3e6, k5e4, k5e5, k5e6"),
    ],
)
def test_a_string_that_is_no_network_is_named(text, told):
    with pytest.raises(DataError, match=told):
        SPACE.parse(text)
