"""Mixed precision: its strings, and its costs against the published numbers and a network written out."""

from dataclasses import replace

import numpy as np
import pytest

from bench.costs import Costs
from bench.errors import DataError, RecipeError
from bench.search.problem import Problem, parse_constraints
from bench.spaces.bits import BITS, Bits

CIFAR, IMAGENET_18, IMAGENET_34 = Bits(), Bits(network="resnet-18"), Bits(network="resnet-34")
ONES = "-".join(["w1a2x0.5"] * 9)


def uniform(space, bits, width="x1"):
    return space.parse("-".join([f"w{bits}a{bits}{width}"] * (space.decisions // 2)))


@pytest.mark.parametrize(
    ("space", "printed"), [(IMAGENET_18, (6.32, 14.21, 25.27)), (IMAGENET_34, (13.21, 29.72, 52.83))]
)
def test_uniform_networks_have_the_bit_operations_that_the_paper_prints(space, printed):
    """Table 6, in units of 2^30; 3W3A is no choice of the space, so that it is nine times the multiply-adds."""
    macs = space.per_choice()["flops"][:, 0, 1].sum()
    assert [round(macs * bits**2 / 2**30, 2) for bits in (2, 3, 4)] == list(printed)
    costs = space.costs(np.array([uniform(space, 2), uniform(space, 4)], dtype=np.int8))
    assert [round(value, 2) for value in costs["bitops"].tolist()] == [printed[0], printed[2]]


@pytest.mark.parametrize(("space", "macs"), [(IMAGENET_18, 1_695_547_392), (IMAGENET_34, 3_545_235_456)])
def test_multiply_adds_of_the_residual_blocks_are_exact(space, macs):
    assert space.per_choice()["flops"][:, 0, 1].sum() == macs


def plain_costs(parts):
    """Return parameters, multiply-adds and bit operations of the CIFAR network, convolution by convolution."""
    side, before = 32, 16
    params, macs, operations = 27 * 16 + 2 * 16, 27 * 16 * 32**2, 0
    for block, part in enumerate(parts):
        weight_bits, activation_bits, width = int(part[1]), int(part[3]), float(part.partition("x")[2])
        after = (16, 32, 64)[block // 3]
        if block in (3, 6):
            side //= 2
        middle = int(after * width)
        convolutions = [(3, before, middle), (3, middle, after)]
        if before != after:
            convolutions.append((1, before, after))
        for kernel, inputs, outputs in convolutions:
            here = kernel**2 * inputs * outputs
            params += here + 2 * outputs + 1  # a norm, and the clipping value of the inputs
            macs += here * side**2
            operations += here * side**2 * weight_bits * activation_bits
        before = after
    return params + 65 * 10, macs + 65 * 10, operations / 2**30


def test_costs_are_those_of_the_network_written_out():
    genes = CIFAR.sample(np.random.default_rng(0), 20)
    genes[0], genes[1] = CIFAR.extremes()
    costs = CIFAR.costs(genes)
    expected = [plain_costs(CIFAR.spell(tuple(arch)).split("-")) for arch in genes.tolist()]
    found = list(zip(costs["params"], costs["flops"], costs["bitops"], strict=True))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.slow
def test_the_full_width_network_for_imagenet_has_the_parameters_of_the_published_one():
    models = pytest.importorskip("torchvision.models", reason="torchvision is not installed")
    import torch

    for space, build in ((IMAGENET_18, models.resnet18), (IMAGENET_34, models.resnet34)):
        with torch.device("meta"):
            plain = build()
        convolutions = sum(isinstance(layer, torch.nn.Conv2d) for layer in plain.modules())
        clips = convolutions - 1  # of every convolution but the stem's
        params = space.costs(np.array([uniform(space, 4)], dtype=np.int8))["params"][0]
        assert params == sum(values.numel() for values in plain.parameters()) + clips


@pytest.mark.parametrize("space", [CIFAR, IMAGENET_18], ids=["cifar", "imagenet"])
def test_a_blocks_choice_changes_the_cost_by_its_entry_of_the_table_alone(space):
    rng, table = np.random.default_rng(1), space.per_choice()
    arch = space.sample(rng, 1)
    for block in range(space.decisions // 2):
        other = arch.copy()
        other[0, 2 * block : 2 * block + 2] = (rng.integers(6), rng.integers(3))
        (old, new) = (tuple(each[0, 2 * block : 2 * block + 2]) for each in (arch, other))
        before, after = space.costs(arch), space.costs(other)
        for name, values in table.items():
            assert after[name][0] - before[name][0] == pytest.approx(
                values[block][new] - values[block][old], abs=1e-9 * before[name][0]
            )


def test_the_space_has_its_published_size():
    assert (CIFAR.size, IMAGENET_18.size, IMAGENET_34.size) == (18**9, 18**8, 18**16)


def test_a_search_takes_only_networks_within_a_bound_on_bit_operations():
    (bound,) = CIFAR.costs(np.array([uniform(CIFAR, 2)], dtype=np.int8))["bitops"]
    problem = Problem(costs=Costs(CIFAR), budget=20, constraints=parse_constraints([f"bitops={float(bound)!r}"], []))
    genes = problem.sample(np.random.default_rng(0), 20)
    assert len(genes) == 20
    assert (CIFAR.costs(genes)["bitops"] <= bound).all()
    assert not (CIFAR.costs(CIFAR.sample(np.random.default_rng(0), 20))["bitops"] <= bound).all()


@pytest.mark.parametrize("choice", ["w3a3x1", "w2a4", "x1", "w2a4x2", "w2a4x1.0", "w2a4x1x1", "W2A4x1", ""])
def test_a_block_with_unknown_bits_or_width_is_named(choice):
    with pytest.raises(DataError, match=rf"block 2 is '{choice}'; allowed: w1a2, .*, w4a4, then x0.5, x1, x1.5, such"):
        CIFAR.parse(ONES.replace("-w1a2x0.5", f"-{choice}", 1))


def test_another_number_of_blocks_is_refused():
    with pytest.raises(DataError, match="has 8 blocks, expected 9 joined by '-'"):
        CIFAR.parse(ONES.removesuffix("-w1a2x0.5"))


def test_an_unknown_network_names_the_known_ones():
    with pytest.raises(RecipeError, match=r"bits\.network is 'resnet-50'; allowed: resnet-20, resnet-18, resnet-34"):
        replace(CIFAR, network="resnet-50")


def test_the_bit_widths_are_those_of_the_paper_from_fewest_bit_operations_to_most():
    assert set(BITS) == {(1, 2), (2, 2), (1, 4), (2, 4), (3, 4), (4, 4)}
    assert [weight * activation for weight, activation in BITS] == [2, 4, 4, 8, 12, 16]
