import numpy as np
import pytest

from bench.errors import DataError
from bench.spaces.track1 import LARGEST, Track1

SMALLEST = "-".join(["4"] * 19)


def plain_costs(widths):
    """Return parameters and multiply-adds of the ResNet-20, layer by layer, as section 3 of the paper lists it."""
    params = macs = 0
    before, side = 3, 32

    def convolution(inputs, outputs, kernel):
        nonlocal params, macs
        params += inputs * outputs * kernel**2 + 2 * outputs
        macs += inputs * outputs * kernel**2 * side**2

    convolution(before, widths[0], 3)
    before = widths[0]
    for block in range(9):
        stride = 2 if block in (3, 6) else 1
        side //= stride
        middle, after = widths[1 + 2 * block], widths[2 + 2 * block]
        convolution(before, middle, 3)
        convolution(middle, after, 3)
        if stride == 2 or before != after:
            convolution(before, after, 1)
        before = after
    return params + before * 100 + 100, macs + before * 100 + 100


def test_the_space_has_its_published_size():
    assert Track1().size == 4**7 * 8**6 * 16**6 == 2**56


def test_the_unused_twentieth_number_changes_nothing():
    assert Track1().parse(SMALLEST + "-16") == Track1().parse(SMALLEST)


def test_costs_are_those_of_the_network_written_out():
    genes = Track1().sample(np.random.default_rng(0), 20)
    genes[0] = [top // 4 - 1 for top in LARGEST]
    genes[1] = 0
    costs = Track1().costs(genes)
    expected = [plain_costs([4 * (int(gene) + 1) for gene in arch]) for arch in genes]
    assert list(zip(costs["params"], costs["flops"], strict=True)) == expected
    assert costs["sum-of-widths"][1] == 4 * 19


def test_another_number_of_widths_is_refused():
    with pytest.raises(DataError, match="'4-4' has 2 widths, expected 19, or 20 with the unused last one"):
        Track1().parse("4-4")


def test_a_width_outside_its_layers_list_is_refused():
    with pytest.raises(DataError, match="width '20' of layer 1; allowed: 4, 8, 12, 16"):
        Track1().parse(SMALLEST.replace("4", "20", 1))
