"""The supernet against an independent stand-alone network, written plainly here."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from bench.errors import RecipeError
from bench.rng import stream
from bench.spaces.nb201 import NB201, stand_alone_costs
from bench.spaces.track1 import Track1
from bench.supernets import build_supernet, construct_of
from bench.supernets.nb201 import NB201Net
from bench.supernets.nb201.network import Memo
from bench.supernets.norms.batch_statistics import BatchStatistics
from bench.supernets.norms.tracked import Tracked
from tests.spaces.toy import Toy

SPACE = NB201()
EDGES = [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]
ARCHS = [tuple(int(gene) for gene in arch) for arch in SPACE.sample(stream(0, "test"), 6)] + [
    (0, 0, 0, 1, 0, 0),
    (0, 3, 3, 0, 2, 2),  # node 1 gets nothing, and two convolutions start there
    (3, 0, 2, 3, 0, 0),  # node 2 is computed but leads nowhere
    (2, 3, 3, 2, 3, 3),
]
WITHOUT_DEAD_EDGES = [arch for arch in ARCHS if (SPACE.canonical(np.array([arch], dtype=np.int8)) == arch).all()]


def relu_conv_bn(before, after, kernel, stride, norm):
    return nn.Sequential(
        nn.ReLU(), nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(after, **norm)
    )


class Zero(nn.Module):
    def forward(self, values):
        return values * 0


class StandAlone(nn.Module):
    """Section 2 of the NAS-Bench-201 paper: every edge is computed, dead ones too; or with pooled reductions."""

    def __init__(self, arch, cells, width, norm, classes=10, channels=1, reduction="residual"):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(channels, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width, **norm))
        self.cells, self.reductions = nn.ModuleList(), nn.ModuleList()
        for stage in range(3):
            if stage:
                shortcut = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(width, 2 * width, 1, bias=False))
                if reduction == "residual":
                    first, second = (
                        relu_conv_bn(width, 2 * width, 3, 2, norm),
                        relu_conv_bn(2 * width, 2 * width, 3, 1, norm),
                    )
                    self.reductions.append(nn.ModuleList([shortcut, nn.Sequential(first, second)]))
                else:
                    self.reductions.append(nn.ModuleList([shortcut.append(nn.BatchNorm2d(2 * width, **norm))]))
                width *= 2
            for _ in range(cells):
                self.cells.append(nn.ModuleList([self.operation(choice, width, norm) for choice in arch]))
        self.last = nn.BatchNorm2d(width, **norm)
        self.classifier = nn.Linear(width, classes)

    @staticmethod
    def operation(choice, width, norm):
        return [
            Zero,
            nn.Identity,
            lambda: relu_conv_bn(width, width, 1, 1, norm),
            lambda: relu_conv_bn(width, width, 3, 1, norm),
            lambda: nn.AvgPool2d(3, 1, 1, count_include_pad=False),
        ][choice]()

    def forward(self, values):
        values = self.stem(values)
        per_stage = len(self.cells) // 3
        for number, cell in enumerate(self.cells):
            if number and number % per_stage == 0:
                values = sum(branch(values) for branch in self.reductions[number // per_stage - 1])
            nodes = [values]
            for target in (1, 2, 3):
                incoming = [(edge, source) for edge, (source, to) in enumerate(EDGES) if to == target]
                nodes.append(sum(cell[edge](nodes[source]) for edge, source in incoming))
            values = nodes[3]
        return self.classifier(functional.relu(self.last(values)).mean(dim=(2, 3)))


def supernet(norm=None, space=SPACE, seed=0, channels=1, **settings):
    construct = NB201Net(**{"cells": 1, "width": 3, "resolution": 8, "reduction": "residual"} | settings)
    return build_supernet(construct, space, norm or BatchStatistics(), channels=channels, classes=10, seed=seed)


def copied(shared, arch, cells, width, norm, reduction="residual"):
    """Return the stand-alone network of `arch` with the weights that the supernet has for it."""
    alone = StandAlone(arch, cells, width, norm, reduction=reduction)
    pairs = [((shared.stem.conv, shared.stem.norm), alone.stem), ((None, shared.last_norm), (None, alone.last))]
    for cell, own in zip([cell for stage in shared.stages for cell in stage], alone.cells, strict=True):
        for edge, choice in enumerate(arch):
            if choice in (2, 3):
                operation = cell.operations[f"{edge}/{choice}"]
                pairs.append(((operation.conv, operation.norm), own[edge][1:]))
    for reduction, own in zip(shared.reductions, alone.reductions, strict=True):
        own[0][1].load_state_dict(reduction.shortcut.state_dict())
        if len(own) == 2:
            for part, copy in zip((reduction.first, reduction.second), own[1], strict=True):
                pairs.append(((part.conv, part.norm), copy[1:]))
        else:
            pairs.append(((None, reduction.norm), (None, own[0][2])))
    for (conv, norm_layer), (own_conv, own_norm) in pairs:
        if conv is not None:
            own_conv.load_state_dict(conv.state_dict())
        own_norm.load_state_dict(norm_layer.state_dict(), strict=False)
    alone.classifier.load_state_dict(shared.classifier.state_dict())
    return alone


def batch(count=16, side=8, seed=0):
    return torch.from_numpy(stream(seed, "batch").normal(size=(count, 1, side, side)).astype(np.float32))


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("cells", [1, 2])
@pytest.mark.parametrize("arch", ARCHS, ids=str)
def test_a_sub_network_gives_the_logits_of_the_stand_alone_network(arch, cells):
    shared = supernet(cells=cells)
    alone = copied(shared, arch, cells, 3, {"affine": False, "track_running_stats": False})
    for training in (True, False):
        torch.testing.assert_close(shared.train(training)(batch(), arch), alone.train(training)(batch()))


@pytest.mark.parametrize("arch", ARCHS[:3] + ARCHS[-1:], ids=str)
def test_pooled_reductions_are_the_shortcut_alone_and_normalized(arch):
    shared = supernet(reduction="pooled")
    alone = copied(shared, arch, 1, 3, {"affine": False, "track_running_stats": False}, "pooled")
    torch.testing.assert_close(shared(batch(), arch), alone(batch()))


@pytest.mark.slow
@pytest.mark.parametrize("reduction", ["residual", "pooled"])
def test_wide_cells_whose_convolutions_are_matrix_products_give_the_logits_of_the_stand_alone_network(reduction):
    """From sixteen channels on 1x1 convolutions are products; what paths share is kept too, as in a prediction."""
    shared = supernet(width=16, reduction=reduction).eval()
    ask = shared.on_images(batch())
    with torch.inference_mode():
        for arch in ARCHS:
            alone = copied(shared, arch, 1, 16, {"affine": False, "track_running_stats": False}, reduction)
            torch.testing.assert_close(ask(arch), alone.eval()(batch()), rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_all_cells_in_order_need_222_convolutions_in_the_first_cell_and_keep_few_values():
    """What leading genes decide is computed once: a node's value, and each convolution that starts there."""
    shared = supernet(reduction="pooled").eval()
    first, called = shared.stages[0][0], []
    for operation in first.operations.values():
        operation.register_forward_hook(lambda *_: called.append(1))
    canonical = np.unique(SPACE.canonical(SPACE.enumerate()), axis=0)
    memo, values, held = Memo(), torch.randn(1, 3, 2, 2), 0
    with torch.inference_mode():
        for genes in canonical:
            first(values, tuple(int(gene) for gene in genes), memo)
            held = max(held, len(memo))
    assert len(called) == 222
    assert held <= 22, "memory is bounded: at three nodes a ReLU, a pool, a skip and two convolutions of each edge"


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("arch", WITHOUT_DEAD_EDGES, ids=str)
def test_tracked_and_affine_norms_are_those_of_the_stand_alone_network(arch):
    shared = supernet(norm=Tracked(affine=True, new_batch=0.3))
    for parameter in shared.parameters():  # a fresh scale and shift would hide a swap
        if parameter.ndim == 1:
            nn.init.uniform_(parameter, 0.5, 1.5)
    alone = copied(shared, arch, 1, 3, {"affine": True, "momentum": 0.3})
    for number in range(3):
        torch.testing.assert_close(shared.train()(batch(seed=number), arch), alone.train()(batch(seed=number)))
    torch.testing.assert_close(shared.eval()(batch(), arch), alone.eval()(batch()))


def test_gradients_are_those_of_the_stand_alone_network():
    shared, arch = supernet(), ARCHS[-1]
    alone = copied(shared, arch, 1, 3, {"affine": False, "track_running_stats": False})
    shared(batch(), arch).square().sum().backward()
    alone(batch()).square().sum().backward()
    torch.testing.assert_close(shared.stem.conv.weight.grad, alone.stem[0].weight.grad, rtol=1e-3, atol=1e-3)
    for edge, choice in enumerate(arch):
        shared_conv = shared.stages[1][0].operations[f"{edge}/{choice}"].conv
        torch.testing.assert_close(shared_conv.weight.grad, alone.cells[1][edge][1].weight.grad, rtol=1e-3, atol=1e-3)


def test_average_pooling_does_not_count_padding():
    """On a constant image a pool without counted padding is the identity, at the border too."""
    shared = supernet()
    constant = torch.full((4, 3, 8, 8), 2.0)
    pooled = shared.stages[0][0](constant, (0, 0, 0, 4, 0, 0))
    torch.testing.assert_close(pooled, constant)


def test_a_disconnected_cell_gives_every_image_the_same_logits():
    shared = supernet().eval()
    logits = shared(batch(), (3, 3, 3, 0, 0, 0))
    torch.testing.assert_close(logits, shared.classifier.bias.expand(16, 10))


def used_weights(shared, arch):
    shared.zero_grad(set_to_none=True)
    shared(batch(), arch).square().sum().backward()
    return {name for name, weight in shared.named_parameters() if weight.grad is not None}


def convolutions(arch, cells):
    live = SPACE.canonical(np.array([arch], dtype=np.int8))[0]
    return {
        f"stages.{stage}.{cell}.operations.{edge}/{choice}.conv.weight"
        for stage in range(3)
        for cell in range(cells)
        for edge, choice in enumerate(live)
        if choice in (2, 3)
    }


@pytest.mark.slow
def test_two_architectures_share_the_weights_of_equal_cell_edge_and_operation_and_the_frame():
    shared = supernet(cells=2)
    for first, second in zip(ARCHS[2:], ARCHS[1:], strict=False):
        common = used_weights(shared, first) & used_weights(shared, second)
        frame = {name for name, _ in shared.named_parameters() if "operations" not in name}
        assert common == frame | (convolutions(first, 2) & convolutions(second, 2))


def test_weights_exist_for_every_cell_edge_and_operation_and_no_more():
    for space in (SPACE, NB201(mask=("nor_conv_1x1",)), NB201(fixed=SPACE.spell(ARCHS[0]))):
        names = {name for name, _ in supernet(cells=2, space=space).named_parameters() if "operations" in name}
        expected = {
            f"stages.{stage}.{cell}.operations.{edge}/{choice}.conv.weight"
            for stage in range(3)
            for cell in range(2)
            for edge, allowed in enumerate(space.allowed)
            for choice in allowed
            if choice in (2, 3)
        }
        assert names == expected


@pytest.mark.parametrize("arch", ARCHS[:3], ids=str)
def test_a_supernet_of_one_architecture_has_the_parameters_of_the_benchmark(arch):
    space = NB201(fixed=SPACE.spell(arch))
    alone = supernet(Tracked(affine=True), space, channels=3, cells=5, width=16, resolution=32)
    expected = stand_alone_costs(np.array([arch], dtype=np.int8))[0][0]
    assert sum(parameter.numel() for parameter in alone.parameters()) == expected


def test_equal_seeds_give_equal_weights_and_leave_the_global_generator_alone():
    before = torch.random.get_rng_state()
    first, second, other = (supernet(seed=seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["stem.conv.weight"], other["stem.conv.weight"])
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.slow
def test_answers_on_fixed_images_equal_forward_bit_for_bit():
    shared = supernet(cells=2).eval()
    genes = np.unique(SPACE.canonical(SPACE.sample(stream(1, "test"), 100)), axis=0)
    with torch.inference_mode():
        ask = shared.on_images(batch())
        for row in genes:
            arch = tuple(int(gene) for gene in row)
            assert torch.equal(ask(arch), shared(batch(), arch))


@pytest.mark.slow
def test_paths_on_one_batch_share_what_they_can_and_get_their_own_gradients():
    shared = supernet(cells=2)
    weights = list(shared.parameters())

    def gradients(losses):
        shared.zero_grad(set_to_none=True)
        sum(losses).backward()
        return [weight.grad for weight in weights]

    ask = shared.on_images(batch())
    together = gradients([ask(arch).square().mean() for arch in ARCHS])
    apart = gradients([shared(batch(), arch).square().mean() for arch in ARCHS])
    for own, expected in zip(together, apart, strict=True):
        torch.testing.assert_close(own, expected)


def test_every_path_moves_the_tracked_statistics():
    one, other = (supernet(norm=Tracked()) for _ in range(2))
    ask = one.on_images(batch())
    for arch in ARCHS:
        ask(arch)
        other(batch(), arch)
    for name, value in one.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name


def test_a_space_without_a_supernet_is_named():
    with pytest.raises(RecipeError, match=r"space 'toy' has no supernet yet; spaces with one: .*nb201, "):
        construct_of(Toy())


def test_a_construct_of_another_space_is_refused():
    with pytest.raises(RecipeError, match="construct 'nb201-net' is for space 'nb201', not for 'track1'"):
        supernet(space=Track1())


def test_a_side_that_cannot_be_halved_twice_is_refused():
    with pytest.raises(RecipeError, match=r"nb201-net\.resolution is 10; allowed: a multiple of 4"):
        supernet(resolution=10)


@pytest.mark.parametrize("field", ["cells", "width", "resolution"])
def test_a_size_below_one_is_refused(field):
    with pytest.raises(RecipeError, match=rf"nb201-net\.{field} is 0; allowed: a whole number, 1 or more, .*or OPEN"):
        NB201Net(**{field: 0})


def test_an_unknown_reduction_is_refused():
    with pytest.raises(RecipeError, match=r"nb201-net\.reduction is 'strided'; allowed: residual, pooled, or OPEN"):
        NB201Net(reduction="strided")
