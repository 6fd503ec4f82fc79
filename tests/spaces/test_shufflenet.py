"""The ShuffleNet spaces: published strings, and the published parameters and FLOPs to the unit."""

from dataclasses import dataclass

import numpy as np
import pytest

from bench.errors import DataError
from bench.rng import stream
from bench.sample.paths.flops_constrained import FlopsConstrained
from bench.spaces.shufflenet import CIFAR, IMAGENET, Shufflenet, network_costs
from bench.spaces.shufflenet_scales import ShufflenetScales

BLOCKS, WITH_SCALES = Shufflenet(), ShufflenetScales()
README = "[2,1,0,1,2,0,2,0,2,0,2,3,0,0,0,0,3,2,3,3]"
SEARCHED = "[0,0,3,1,1,1,0,0,2,0,2,1,1,0,2,0,2,1,3,2]"
SCALED = f"{SEARCHED}+[6,5,3,5,2,6,3,4,2,5,7,5,4,6,7,4,4,5,4,3]"


def every(choice):
    return f"[{','.join([str(choice)] * 20)}]"


@pytest.mark.parametrize(
    ("text", "flops", "params"),
    [
        (README, 322_918_720, 3_558_464),
        (SEARCHED, 318_729_024, 3_345_088),
        (SCALED, 327_857_920, 3_432_579),
        (every(0), 295_842_496, 3_154_880),
        (every(1), 313_654_976, 3_211_968),
        (every(2), 340_373_696, 3_297_600),
        (every(3), 358_825_920, 3_870_816),
    ],
)
def test_published_networks_have_their_flops_and_parameters(text, flops, params):
    """The published code's networks: https://github.com/megvii-model/SinglePathOneShot, 323M / 3.5M for the first."""
    space = WITH_SCALES if "+" in text else BLOCKS
    genes = np.array([space.parse(text)], dtype=np.int8)
    assert [cost.item() for cost in network_costs(*space.halves(genes), IMAGENET)] == [params, flops]
    assert space.costs(genes)["imagenet-flops"] == flops


@pytest.mark.parametrize(
    ("strides", "side", "millions"), [((1, 2, 2, 2), 32, 9.6), ((2, 2, 2, 1), 32, 4.4), ((1, 2, 2, 1), 16, 4.0)]
)
def test_a_quarter_of_the_widths_has_the_flops_of_its_strides(strides, side, millions):
    """With the published stem of 16, which leaves the main branch of the first block without an output."""
    size = CIFAR._replace(stem=16, strides=strides, resolution=side)
    params, flops = network_costs(*BLOCKS.halves(np.array([BLOCKS.parse(README)], dtype=np.int8)), size)
    assert (round(params.item() / 1e6, 2), round(flops.item() / 1e6, 1)) == (0.19, millions)


def test_scales_of_one_are_the_blocks_alone():
    genes = BLOCKS.sample(stream(0, "archs"), 20)
    wide = np.concatenate([genes, np.full_like(genes, 4)], axis=1)
    for name, cost in BLOCKS.costs(genes).items():
        np.testing.assert_array_equal(cost, WITH_SCALES.costs(wide)[name])


def test_uniform_architectures_have_the_published_spread_of_flops():
    """270.4 to 398.6 million; uniform ones 327.1 on average, deviation 11.8, and 59 % within 330."""
    per_block = network_range()
    assert [round(end / 1e6, 1) for end in per_block] == [270.4, 398.6]
    flops = BLOCKS.costs(BLOCKS.sample(stream(0, "archs"), 20_000))["imagenet-flops"] / 1e6
    assert flops.mean() == pytest.approx(327.1, abs=0.3)
    assert flops.std() == pytest.approx(11.8, abs=0.2)
    assert (flops <= 330).mean() == pytest.approx(0.59, abs=0.015)


def network_range():
    """Return the fewest and the most multiply-adds of a published network, by its additive blocks."""
    base = np.zeros((1, 20), dtype=np.int8)
    at = [[one_changed(base, place, choice) for choice in range(4)] for place in range(20)]
    costs = np.array([[BLOCKS.costs(genes)["imagenet-flops"].item() for genes in row] for row in at])
    start = BLOCKS.costs(base)["imagenet-flops"].item()
    return [start + (end(costs - start, axis=1)).sum() for end in (np.min, np.max)]


def one_changed(genes, place, choice):
    changed = genes.copy()
    changed[0, place] = choice
    return changed


@dataclass(frozen=True, kw_only=True)
class Counting(Shufflenet):
    """Blocks that note how many architectures were drawn."""

    @classmethod
    def slot_name(cls):
        return "shufflenet"

    def sample(self, rng, count):
        DRAWN.append(count)
        return super().sample(rng, count)


DRAWN: list[int] = []
SHARES = (1.0, 6.6, 19.6, 31.7, 27.1, 11.5, 2.2)
PAPER = {"bins": 7, "low": 290e6, "high": 360e6, "cost": "imagenet-flops"}


@pytest.mark.slow
def test_uniform_constraint_sampling_lifts_the_tails_of_the_published_bins():
    """Shares of a uniform draw per bin of 10 million, percent, and an equal share of each for the constraint."""
    uniform = BLOCKS.costs(BLOCKS.sample(stream(1, "archs"), 20_000))["imagenet-flops"]
    counts, edges = np.histogram(uniform, bins=7, range=(290e6, 360e6))
    np.testing.assert_allclose(100 * counts / len(uniform), SHARES, atol=1.0)
    drawn = FlopsConstrained(count=700, **PAPER).draw(BLOCKS, stream(0, "paths"))
    counts, _ = np.histogram(BLOCKS.costs(drawn)["imagenet-flops"], bins=edges)
    assert counts.min() > 65
    assert counts.sum() >= 695, "a draw gives up in the lowest bin once in two hundred"


@pytest.mark.slow
def test_the_number_of_tries_is_the_published_one():
    """Expected tries 96, 15, 5, 3, 4, 9 and 46 per bin, 25.5 on average; candidates come 50 at a time."""
    DRAWN.clear()
    FlopsConstrained(count=300, **PAPER).draw(Counting(), stream(0, "paths"))
    expected = np.mean([50 / (1 - (1 - share / 100) ** 50) for share in SHARES])
    assert sum(DRAWN) / 300 == pytest.approx(expected, rel=0.15)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[0,1]", r"'\[0,1\]' is no list of 20 blocks; expected \[0,1,...\]"),
        (README.replace("[2", "[4"), "block '4' at place 0; allowed: 0 conv-3x3, 1 conv-5x5, 2 conv-7x7, 3 xception"),
        (README.replace("[2", "[two"), "block 'two' at place 0"),
        (README.strip("[]"), "is no list of 20 blocks"),
        (SCALED, "is no list of 20 blocks"),
    ],
)
def test_a_string_that_is_no_network_is_named(text, told):
    with pytest.raises(DataError, match=told):
        BLOCKS.parse(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (README, r"is 1 lists; expected blocks and widths, \[0,...\]\+\[6,...\]"),
        (SCALED.replace("+[6", "+[8"), "width '8' at place 0; allowed: 0 0.2, 1 0.4"),
        (SCALED + ",1", "is no list of 20 widths"),
    ],
)
def test_a_string_of_widths_that_is_no_network_is_named(text, told):
    with pytest.raises(DataError, match=told):
        WITH_SCALES.parse(text)
