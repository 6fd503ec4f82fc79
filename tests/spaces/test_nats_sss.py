import numpy as np
import pytest

from bench.errors import DataError
from bench.spaces.nats_sss import CELL, NatsSss
from bench.spaces.nb201 import NB201, stand_alone_costs


def plain_costs(widths):
    """Return parameters and multiply-adds of the network, layer by layer, as the benchmark's code builds it."""
    params = macs = 0

    def convolution(before, after, kernel, side, norm=True):
        nonlocal params, macs
        params += before * after * kernel**2 + 2 * after * norm
        macs += before * after * kernel**2 * side**2

    def cell(before, after, side):
        for edge, start in (((0, 1), before), ((0, 2), before), ((1, 2), after), ((1, 3), after), ((2, 3), after)):
            assert edge[0] == 0 or start == after
            convolution(start, after, 3, side)
        if before != after:
            convolution(before, after, 1, side)

    def reduction(before, after, side):
        convolution(before, after, 3, side)
        convolution(after, after, 3, side)
        convolution(before, after, 1, side, norm=False)

    a, b, c, d, e = widths
    convolution(3, a, 3, 32)
    cell(a, a, 32)
    reduction(a, b, 16)
    cell(b, c, 16)
    reduction(c, d, 8)
    cell(d, e, 8)
    return params + 2 * e + e * 10 + 10, macs + e * 10 + 10


def test_the_space_has_its_published_size():
    assert len(NatsSss().enumerate()) == NatsSss().size == 8**5 == 32_768


def test_costs_are_those_of_the_network_written_out():
    space = NatsSss()
    genes = np.concatenate([space.extremes(), space.sample(np.random.default_rng(0), 50)])
    costs = space.costs(genes)
    expected = [plain_costs([8 * (int(gene) + 1) for gene in arch]) for arch in genes]
    assert list(zip(costs["params"], costs["flops"], strict=True)) == expected
    assert costs["sum-of-widths"][0] == 40


@pytest.mark.parametrize("width", [8, 16])
def test_with_doubling_widths_it_is_a_network_of_nas_bench_201(width):
    """Its costs are known from published entries of NAS-Bench-201, whose networks have one cell per stage here."""
    text = ":".join(str(width * factor) for factor in (1, 2, 2, 4, 4))
    found = NatsSss().costs(np.array([NatsSss().parse(text)], dtype=np.int8))
    cell = np.array([NB201().parse(CELL)], dtype=np.int8)
    params, flops = stand_alone_costs(cell, width=width, cells=1)
    assert (found["params"][0], found["flops"][0]) == (params[0], flops[0])


def test_another_number_of_widths_is_refused():
    with pytest.raises(DataError, match="'8:8' has 2 widths, expected 5 joined by ':'"):
        NatsSss().parse("8:8")


@pytest.mark.parametrize("width", ["12", "72", "0", "08", "", "8.0"])
def test_a_width_outside_the_grid_is_refused(width):
    with pytest.raises(DataError, match=rf"width '{width}' of layer 3; allowed: 8, 16, 24, 32, 40, 48, 56, 64"):
        NatsSss().parse(f"8:8:{width}:8:8")
