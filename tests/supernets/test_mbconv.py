"""The supernet of inverted bottlenecks: every sub-network is the plain network with its weights."""

import numpy as np
import pytest
import torch
from torch import nn

from bench.errors import RecipeError
from bench.rng import stream
from bench.spaces.mbconv import MBConv, network_costs
from bench.spaces.stages import Size
from bench.supernets import build_supernet
from bench.supernets.mbconv import TINY, MBConvNet
from bench.supernets.norms.batch_statistics import BatchStatistics
from bench.types import Mixture, PerCell

SPACE = MBConv()
SMALL = {
    **TINY,
    "widths": (4, 6, 8, 8, 10, 10, 12),
    "strides": (1, 2, 2, 1, 1, 2, 1),
    "stem_stride": 1,
    "resolution": 16,
}
PIXELS = torch.randn(6, 3, 16, 16, generator=torch.Generator().manual_seed(0)).double()


def supernet(norm=BatchStatistics(affine=True), **changes):  # noqa: B008  frozen
    built = build_supernet(MBConvNet(**(SMALL | changes)), SPACE, norm, channels=3, classes=10, seed=0)
    with torch.no_grad():
        for name, values in built.named_parameters():
            if "norm" in name:  # ones and zeros would hide which weights were taken
                values.add_(torch.rand(values.shape, generator=torch.Generator().manual_seed(len(name))))
    return built.double()


def archs(count):
    return [tuple(int(g) for g in arch) for arch in SPACE.sample(stream(0, "archs"), count)]


class PlainLayer(nn.Module):
    """An inverted bottleneck of plain layers."""

    def __init__(self, before, after, kernel, expansion, stride):
        super().__init__()
        middle, hidden = before * expansion, max(1, before // 4)
        self.expand = nn.Sequential(nn.Conv2d(before, middle, 1, bias=False), norm(middle), nn.ReLU())
        self.depthwise = nn.Sequential(
            nn.Conv2d(middle, middle, kernel, stride, kernel // 2, groups=middle, bias=False), norm(middle), nn.ReLU()
        )
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(middle, hidden, 1), nn.ReLU(), nn.Conv2d(hidden, middle, 1), nn.Sigmoid()
        )
        self.project = nn.Sequential(nn.Conv2d(middle, after, 1, bias=False), norm(after))
        self.adds = stride == 1 and before == after

    def forward(self, x):
        y = self.depthwise(self.expand(x))
        y = self.project(y * self.gate(y))
        return x + y if self.adds else y


def norm(channels):
    return nn.BatchNorm2d(channels, track_running_stats=False)


class PlainNetwork(nn.Module):
    """The stand-alone network of an architecture."""

    def __init__(self, arch, stem, widths, strides, stem_stride, head, resolution):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, stem, 3, stem_stride, 1, bias=False), norm(stem), nn.ReLU())
        layers, before, choices = [], stem, iter(arch)
        for depth, after, stride in zip((1, 2, 2, 3, 3, 4, 1), widths, strides, strict=True):
            for place in range(depth):
                choice = next(choices)
                kernel, expansion = (3, 5)[choice // 3], 4 + choice % 3
                layers.append(PlainLayer(before, after, kernel, expansion, 1 if place else stride))
                before = after
        self.layers = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Conv2d(before, head, 1, bias=False), norm(head), nn.ReLU())
        self.classifier = nn.Linear(head, 10)

    def forward(self, x):
        return self.classifier(self.head(self.layers(self.stem(x))).mean(dim=(2, 3)))


@torch.no_grad()
def filled(network, shared, arch):
    """Return the plain network with the supernet's weights."""

    def fill(conv, batch_norm, weight, source):
        conv.weight.copy_(weight)
        batch_norm.weight.copy_(source.weight)
        batch_norm.bias.copy_(source.bias)

    fill(network.stem[0], network.stem[1], shared.stem.weight, shared.stem_norm)
    for layer, choices, choice in zip(network.layers, shared.layers, arch, strict=True):
        source = choices[choice]
        for name in ("expand", "depthwise", "project"):
            part = getattr(source, name)
            fill(getattr(layer, name)[0], getattr(layer, name)[1], part.weight, part.norm)
        for place, linear in ((1, source.excitation.squeeze), (3, source.excitation.excite)):
            layer.gate[place].weight.copy_(linear.weight[:, :, None, None])
            layer.gate[place].bias.copy_(linear.bias)
    fill(network.head[0], network.head[1], shared.head.weight, shared.head.norm)
    network.classifier.load_state_dict(shared.classifier.state_dict())
    return network


@pytest.mark.slow
def test_a_sub_network_is_the_plain_network_with_its_weights():
    shared = supernet().eval()
    for arch in (*archs(3), (0,) * 16, (5,) * 16):
        network = filled(PlainNetwork(arch, **SMALL).double(), shared, arch)
        torch.testing.assert_close(shared(PIXELS, arch), network(PIXELS), rtol=1e-7, atol=1e-9)


@pytest.mark.slow
def test_the_gradients_are_those_of_the_plain_network():
    shared, [arch] = supernet().eval(), archs(1)
    network = filled(PlainNetwork(arch, **SMALL).double(), shared, arch)
    for each in (shared(PIXELS, arch), network(PIXELS)):
        nn.functional.cross_entropy(each, torch.arange(6)).backward()
    torch.testing.assert_close(shared.stem.weight.grad, network.stem[0].weight.grad, rtol=1e-6, atol=1e-9)
    ours, theirs = shared.layers[3][arch[3]], network.layers[3]
    torch.testing.assert_close(ours.depthwise.weight.grad, theirs.depthwise[0].weight.grad, rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(ours.excitation.squeeze.bias.grad, theirs.gate[1].bias.grad, rtol=1e-6, atol=1e-9)


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("arch", archs(2))
def test_parameters_and_multiply_adds_are_those_of_the_plain_network(arch):
    from torch.utils.flop_counter import FlopCounterMode

    network = PlainNetwork(arch, **SMALL)
    with FlopCounterMode(display=False) as counter:
        network(PIXELS[:1].float())
    params, flops = network_costs(np.array([arch], dtype=np.int8), Size(**SMALL, classes=10))
    assert sum(values.numel() for values in network.parameters()) == params[0]
    assert counter.get_total_flops() == 2 * flops[0]


@pytest.mark.slow
def test_what_architectures_share_from_the_stem_on_changes_no_bit():
    shared, first = supernet().eval(), archs(1)[0]
    asked = sorted([*archs(4), (*first[:12], 0, 0, 0, 0), (*first[:-1], (first[-1] + 1) % 6)])
    with torch.inference_mode():
        alone = {arch: shared(PIXELS, arch) for arch in asked}
        for order in (asked, asked[::-1]):
            ask = shared.on_images(PIXELS)
            for arch in order:
                assert torch.equal(ask(arch), alone[arch])


@pytest.mark.slow
def test_dropout_is_drawn_from_the_training_stream_and_off_in_prediction():
    shared, [arch] = supernet(dropout=0.5), archs(1)
    shared.rng = stream(0, "dropout")
    first, second = shared.train()(PIXELS, arch), shared(PIXELS, arch)
    shared.rng = stream(0, "dropout")
    assert torch.equal(first, shared(PIXELS, arch))
    assert not torch.equal(first, second)
    assert torch.equal(shared.eval()(PIXELS, arch), shared(PIXELS, arch))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"widths": (8, 12)}, r"mbconv-net\.widths is \(8, 12\); allowed: 7 numbers"),
        ({"strides": (1, 2, 3, 1, 1, 1, 1)}, r"mbconv-net\.strides is .*; allowed: 7 of 1 and 2"),
        ({"stem_stride": 3}, r"mbconv-net\.stem_stride is 3; allowed: 1 or 2"),
        ({"norm": BatchStatistics(affine=True, per_inputs=True)}, "per_inputs is True, but a chain of layers has no"),
    ],
)
def test_sizes_that_no_network_has_are_refused(changes, message):
    with pytest.raises(RecipeError, match=message):
        supernet(**changes)


def test_mixtures_and_architectures_per_cell_are_refused():
    for choice in (Mixture(torch.ones(16, 6)), PerCell(((0,) * 16,))):
        with pytest.raises(RecipeError, match=f"takes one architecture, not a {type(choice).__name__}"):
            supernet()(PIXELS, choice)
