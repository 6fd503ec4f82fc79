"""The DARTS supernet: every sub-network is the network of the paper's code, written without the supernet's layers."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from bench.errors import RecipeError
from bench.rng import stream
from bench.spaces.darts import OPERATIONS, Darts, stand_alone_costs
from bench.supernets import build_supernet
from bench.supernets.darts import DartsNet, network
from bench.supernets.darts.network import live_genes
from bench.supernets.layers.norm_layer import recalibrated
from bench.supernets.layers.recalibration import Recalibration
from bench.supernets.norms.batch_statistics import BatchStatistics
from bench.supernets.norms.recalibrated import Recalibrated
from bench.supernets.norms.tracked import Tracked
from bench.types import Mixture, PerCell

SPACE, DISTINCT = Darts(), Darts(mask=("none",), inputs="distinct")
SMALL = DartsNet(layers=3, width=4, resolution=8)
AFFINE = BatchStatistics(affine=True)
PIXELS = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))
POOLS = pytest.mark.parametrize("pools", ["normalized", "plain"])
NORMS = pytest.mark.parametrize("norm", [BatchStatistics(), AFFINE], ids=["plain", "affine"])


@cache
def supernet(construct=SMALL, norm=AFFINE, space=SPACE, seed=0):
    built = build_supernet(construct, space, norm, channels=3, classes=10, seed=seed)
    with torch.no_grad():
        for name, values in built.named_parameters():
            if "norm" in name:  # ones and zeros would hide which norm was taken
                values.add_(torch.rand(values.shape, generator=torch.Generator().manual_seed(len(name))))
    return built


def archs(count, space=SPACE, seed=0):
    return [tuple(int(g) for g in arch) for arch in space.sample(stream(seed, "archs"), count)]


def batch_norm(channels, affine=True):
    return nn.BatchNorm2d(channels, affine=affine, track_running_stats=False)


class FactorizedReduce(nn.Module):
    def __init__(self, before, after, affine=True):
        super().__init__()
        self.one = nn.Conv2d(before, after // 2, 1, stride=2, bias=False)
        self.two = nn.Conv2d(before, after // 2, 1, stride=2, bias=False)
        self.bn = batch_norm(after, affine)

    def forward(self, x):
        x = functional.relu(x)
        return self.bn(torch.cat([self.one(x), self.two(x[:, :, 1:, 1:])], dim=1))


def relu_conv_bn(before, after, affine=True):
    return nn.Sequential(nn.ReLU(), nn.Conv2d(before, after, 1, bias=False), batch_norm(after, affine))


def depthwise(channels, kernel, stride, padding, dilation, affine):
    return [
        nn.ReLU(),
        nn.Conv2d(channels, channels, kernel, stride, padding, dilation=dilation, groups=channels, bias=False),
        nn.Conv2d(channels, channels, 1, bias=False),
        batch_norm(channels, affine),
    ]


def plain_operation(name, channels, stride, pool_norm, affine):
    """Return an operation as the paper's code defines it; its own pooling, of PyTorch."""
    after_pool = [batch_norm(channels, affine=False)] if pool_norm else []
    made = {
        "max_pool_3x3": lambda: nn.Sequential(nn.MaxPool2d(3, stride, 1), *after_pool),
        "avg_pool_3x3": lambda: nn.Sequential(nn.AvgPool2d(3, stride, 1, count_include_pad=False), *after_pool),
        "skip_connect": lambda: nn.Identity() if stride == 1 else FactorizedReduce(channels, channels, affine),
        "sep_conv_3x3": lambda: nn.Sequential(
            *depthwise(channels, 3, stride, 1, 1, affine), *depthwise(channels, 3, 1, 1, 1, affine)
        ),
        "sep_conv_5x5": lambda: nn.Sequential(
            *depthwise(channels, 5, stride, 2, 1, affine), *depthwise(channels, 5, 1, 2, 1, affine)
        ),
        "dil_conv_3x3": lambda: nn.Sequential(*depthwise(channels, 3, stride, 2, 2, affine)),
        "dil_conv_5x5": lambda: nn.Sequential(*depthwise(channels, 5, stride, 4, 2, affine)),
    }
    return made[name]()


class PlainNetwork(nn.Module):
    """The evaluation network of the paper's code, without its auxiliary head."""

    def __init__(self, cells, width, layers, *, pool_norm=False, affine=True, classes=10):
        super().__init__()
        self.cells = {"normal": cells[0], "reduce": cells[1]}
        self.stem = nn.Sequential(nn.Conv2d(3, 3 * width, 3, padding=1, bias=False), batch_norm(3 * width, affine))
        self.pre = nn.ModuleList()
        self.ops = nn.ModuleList()
        self.kinds, self.widths = [], []
        before2, before, now, reduced = 3 * width, 3 * width, width, False
        for layer in range(layers):
            kind = "reduce" if layer in (layers // 3, 2 * layers // 3) else "normal"
            now = 2 * now if kind == "reduce" else now
            first = FactorizedReduce(before2, now, affine) if reduced else relu_conv_bn(before2, now, affine)
            self.pre.append(nn.ModuleList([first, relu_conv_bn(before, now, affine)]))
            self.ops.append(
                nn.ModuleList(
                    nn.Identity()
                    if name == "none"
                    else plain_operation(name, now, 2 if kind == "reduce" and source < 2 else 1, pool_norm, affine)
                    for name, source in self.cells[kind]
                )
            )
            self.kinds.append(kind)
            self.widths.append(now)
            before2, before, reduced = before, 4 * now, kind == "reduce"
        self.fc = nn.Linear(before, classes)

    def forward(self, x):
        one = two = self.stem(x)
        for kind, width, pre, ops in zip(self.kinds, self.widths, self.pre, self.ops, strict=True):
            side = two.shape[2] // (2 if kind == "reduce" else 1)
            states = [pre[0](one), pre[1](two)]
            dead = [False, False]
            for node in range(4):
                total = torch.zeros(len(x), width, side, side)
                silent = True
                for place in (2 * node, 2 * node + 1):
                    name, source = self.cells[kind][place]
                    if name != "none" and not dead[source]:
                        total, silent = total + ops[place](states[source]), False
                states.append(total)
                dead.append(silent)
            one, two = two, torch.cat(states[2:], dim=1)
        return self.fc(two.mean(dim=(2, 3)))


def plain(text, width, layers, **options):
    cells = [[(n, int(s)) for n, _, s in (p.partition("@") for p in cell.split())] for cell in text.split("|")]
    return PlainNetwork(cells, width, layers, **options)


def copied(built, text, construct, norm):
    """Return the plain network with the supernet's weights, module by module in the order of their definition."""
    network = plain(
        text, construct.width, construct.layers, pool_norm=construct.pools == "normalized", affine=norm.affine
    )

    def copy(into, out_of):
        own = [module for module in into.modules() if isinstance(module, nn.Conv2d | nn.BatchNorm2d)]
        theirs = [m for m in out_of.modules() if isinstance(m, nn.Conv2d) or type(m).__name__ == "NormLayer"]
        assert len(own) == len(theirs)
        for mine, other in zip(own, theirs, strict=True):
            if mine.weight is not None:
                assert mine.weight.shape == other.weight.shape
                mine.weight.data.copy_(other.weight)
            if getattr(mine, "bias", None) is not None:
                mine.bias.data.copy_(other.bias)

    copy(network.stem, nn.ModuleList([built.stem, built.stem_norm]))
    for cell, pre, ops, kind in zip(built.stack, network.pre, network.ops, network.kinds, strict=True):
        for mine, other in zip(pre, cell.project, strict=True):
            copy(mine, other)
        for place, (name, source) in enumerate(network.cells[kind]):
            if name != "none":
                copy(ops[place], cell.operations[f"{place // 2}-{source}/{OPERATIONS.index(name)}"])
    network.fc.load_state_dict(built.classifier.state_dict())
    return network


@pytest.mark.quick_cases(0)
@POOLS
@NORMS
@pytest.mark.parametrize("space", [SPACE, DISTINCT], ids=["any", "distinct"])
def test_a_sub_network_is_the_plain_network_with_its_weights(pools, norm, space):
    construct = replace(SMALL, pools=pools)
    built = supernet(construct, norm, space)
    for arch in archs(2, space):
        expected = copied(built, space.spell(arch), construct, norm)(PIXELS)
        torch.testing.assert_close(built(PIXELS, arch), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.slow
def test_every_operation_alone_is_the_plain_one_in_both_cells():
    built = supernet()
    for name in OPERATIONS[1:]:
        text = " | ".join([" ".join(f"{name}@{source}" for source in (0, 1, 0, 2, 1, 3, 4, 4))] * 2)
        expected = copied(built, text, SMALL, AFFINE)(PIXELS)
        torch.testing.assert_close(built(PIXELS, SPACE.parse(text)), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("layers", [4, 5])
def test_reductions_stand_at_a_third_and_two_thirds(layers):
    construct = replace(SMALL, layers=layers)
    built = supernet(construct)
    (arch,) = archs(1)
    expected = copied(built, SPACE.spell(arch), construct, AFFINE)(PIXELS)
    torch.testing.assert_close(built(PIXELS, arch), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize(("width", "layers"), [(4, 3), (2, 5)])
def test_costs_are_those_of_the_plain_network(width, layers):
    """Parameters of all pairs, multiply-adds of live ones; PyTorch's counter counts two for each."""
    (arch,) = archs(1, seed=layers)
    both = np.array([arch, live_genes(arch)], dtype=np.int8)
    params, flops = stand_alone_costs(both, width=width, cells=layers, resolution=16)
    assert params[0] == sum(values.numel() for values in plain(SPACE.spell(arch), width, layers).parameters())
    live = plain(SPACE.spell(live_genes(arch)), width, layers)
    with FlopCounterMode(display=False) as counted:
        live(torch.zeros(2, 3, 16, 16))
    assert flops[1] == counted.get_total_flops() / 2 / 2 + 10  # two images; the counter leaves out the ten biases


@pytest.mark.slow
def test_the_order_of_pairs_and_dead_pairs_change_no_bit():
    built = supernet()
    for arch in archs(3):
        swapped = tuple(arch[place ^ 1] for place in range(len(arch)))
        assert torch.equal(built(PIXELS, arch), built(PIXELS, swapped))
        assert torch.equal(built(PIXELS, arch), built(PIXELS, live_genes(arch)))


def test_a_cell_without_a_signal_gives_every_image_the_same_logits():
    built = supernet()
    dead = SPACE.parse(" | ".join(["none@0 " * 8] * 2))
    logits = built(PIXELS, dead)
    torch.testing.assert_close(logits, logits[:1].expand_as(logits))


def counted_calls(built, run: Callable[[], object]) -> int:
    """Return how many depthwise convolutions ran."""
    calls = 0

    def count(*_):
        nonlocal calls
        calls += 1

    hooks = [m.register_forward_hook(count) for m in built.modules() if type(m).__name__ == "Depthwise"]
    run()
    for hook in hooks:
        hook.remove()
    return calls


def test_architectures_on_the_same_images_share_what_depends_on_the_stem_alone():
    built = supernet().eval()
    text = "sep_conv_3x3@0 dil_conv_3x3@1 " + "dil_conv_5x5@0 skip_connect@2 " * 3 + "| " + "dil_conv_3x3@0 " * 8
    arch = SPACE.parse(text)
    with torch.inference_mode():
        logits = built.on_images(PIXELS)
        first = counted_calls(built, lambda: logits(arch))
        again = counted_calls(built, lambda: logits(arch))
        assert torch.equal(logits(arch), built(PIXELS, arch))
    assert first - again == 6 + 4  # cell 0: two of the separable one, and four; cell 1, a reduction: four nodes


def test_results_beyond_the_limit_are_computed_again(monkeypatch):
    monkeypatch.setattr(network, "MOST_KEPT", 0)
    built = supernet().eval()
    with torch.inference_mode():
        logits = built.on_images(PIXELS)
        for arch in archs(2):
            assert torch.equal(logits(arch), built(PIXELS, arch))


def test_training_that_tracks_statistics_shares_nothing():
    built = supernet(norm=Tracked()).train()
    (arch,) = archs(1)
    logits = built.on_images(PIXELS)
    logits(arch)
    before = built.stem_norm.running_mean.clone()
    logits(arch)
    assert not torch.equal(before, built.stem_norm.running_mean)


@pytest.mark.slow
def test_recalibrated_architectures_in_a_row_are_those_alone():
    built = supernet(norm=Recalibrated()).eval()
    batches = [PIXELS[:2] + 1, PIXELS[2:] * 2]
    found = {}
    with torch.inference_mode():
        several = Recalibration(built, PIXELS, batches)
        found = {arch: several.logits(arch) for arch in archs(3)}
        for layer in built.modules():
            if type(layer).__name__ == "NormLayer":
                layer.collect = layer.fixed = None
        for arch, logits in found.items():
            with recalibrated(built, arch, batches):
                assert torch.equal(built(PIXELS, arch), logits)


def one_hot(arch):
    weights = torch.zeros(16, 40)
    weights[range(16), list(arch)] = 1
    return Mixture(weights)


@pytest.mark.slow
def test_a_mixture_of_one_choice_per_decision_is_the_architecture():
    built = supernet(norm=BatchStatistics())
    for arch in archs(2, DISTINCT):
        torch.testing.assert_close(built(PIXELS, one_hot(arch)), built(PIXELS, arch), rtol=1e-4, atol=1e-4)


@pytest.mark.slow
def test_a_mixture_may_compute_one_architecture_and_add_the_other_weights_as_numbers():
    built = supernet(norm=BatchStatistics())
    (arch,) = archs(1, DISTINCT)
    weights = one_hot(arch).weights.requires_grad_()
    calls = []
    for cell in built.stack:
        for operation in cell.operations.values():
            operation.register_forward_hook(lambda *_: calls.append(1))
    found = built(PIXELS, Mixture(weights, only=arch))
    computed = len(calls)
    assert computed <= 8 * len(built.stack)
    torch.testing.assert_close(found, built(PIXELS, one_hot(arch)), rtol=1e-4, atol=1e-4)
    assert len(calls) - computed > 8 * len(built.stack)
    (gradient,) = torch.autograd.grad(found.logsumexp(dim=1).sum(), [weights])
    others = [choice for choice in range(16) if choice not in arch[:2]]
    torch.testing.assert_close(gradient[0, others], gradient[0, others[:1]].expand(len(others)))
    assert gradient[0, others[0]] != 0


@pytest.mark.slow
def test_a_relaxed_cell_of_darts_is_a_mixture_of_the_first_decision_of_each_node():
    """The weight of an operation on an edge may stand at either decision of the node, or be split between both."""
    built = supernet(norm=BatchStatistics())
    alpha = torch.zeros(16, 40)
    draws = torch.Generator().manual_seed(1)
    for decision in range(0, 16, 2):
        edges = 2 + decision % 8 // 2
        alpha[decision, : 8 * edges] = torch.randn(edges, 8, generator=draws).softmax(dim=1).flatten()
    halved = alpha / 2 + (alpha / 2).roll(1, dims=0)
    first = built(PIXELS, Mixture(alpha))
    torch.testing.assert_close(built(PIXELS, Mixture(halved)), first, rtol=1e-4, atol=1e-4)
    alpha.requires_grad_()
    built(PIXELS, Mixture(alpha)).logsumexp(dim=1).sum().backward()
    used = alpha.grad[::2].reshape(8, 5, 8)
    for node in range(8):
        assert (used[node, : 2 + node % 4, 1:] != 0).all(), "every operation on every edge has a gradient"
        assert (used[node, :, 0] == 0).all(), "none adds nothing"
        assert (used[node, 2 + node % 4 :] == 0).all(), "weights beyond the choices are ignored"


def test_masked_operations_have_no_weights():
    few = supernet(space=Darts(mask=("sep_conv_5x5", "none"))).state_dict()
    assert not any("/5." in name for name in few)
    assert any("/4." in name for name in few)


def test_a_fixed_architecture_leaves_its_operations_alone():
    (arch,) = archs(1, DISTINCT)
    fixed = Darts(fixed=DISTINCT.spell(arch))
    built = supernet(space=fixed)
    assert all(len(cell.operations) == 8 for cell in built.stack)
    assert built(PIXELS, arch).shape == (4, 10)


@pytest.mark.parametrize(
    ("construct", "norm", "message"),
    [
        (replace(SMALL, resolution=6), AFFINE, r"darts-net.resolution is 6; allowed: a multiple of 4"),
        (replace(SMALL, width=5), AFFINE, r"darts-net.width is 5; allowed: an even number"),
        (SMALL, BatchStatistics(affine=True, per_inputs=True), r"per_inputs is True, which supernets of darts lack"),
    ],
)
def test_settings_that_do_not_fit_are_refused(construct, norm, message):
    with pytest.raises(RecipeError, match=message):
        build_supernet(construct, SPACE, norm, channels=3, classes=10, seed=0)


def test_cells_of_their_own_are_refused():
    with pytest.raises(RecipeError, match="takes one architecture or a mixture, not a PerCell; name one"):
        supernet()(PIXELS, PerCell(tuple(archs(5))))
