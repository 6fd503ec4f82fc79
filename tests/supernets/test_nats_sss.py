"""The supernet of the NATS-Bench size space: every sub-network is the plain network, for every sharing."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from bench.errors import RecipeError
from bench.slot import OPEN
from bench.spaces.nats_sss import CELL, NatsSss
from bench.spaces.nb201 import NB201
from bench.supernets import build_supernet
from bench.supernets.layers.norm_layer import recalibrated
from bench.supernets.nats_sss import COPIES, NatsSssNet
from bench.supernets.nb201 import NB201Net
from bench.supernets.norms.batch_statistics import BatchStatistics
from bench.supernets.norms.recalibrated import Recalibrated
from bench.supernets.norms.tracked import Tracked
from bench.types import Mixture, PerCell

SPACE = NatsSss()
AFFINE = BatchStatistics(affine=True)
SHARINGS = [NatsSssNet(conv=c, norm=n) for c in COPIES for n in COPIES]
SHARINGS += [NatsSssNet(conv=c, norm=c, classifier="independent") for c in COPIES]
QUICK = [NatsSssNet(conv=mode, norm=mode) for mode in COPIES] + SHARINGS[-3:-2]
"""Every way of sharing of every layer once."""
MODES = pytest.mark.parametrize(
    "sharing",
    [pytest.param(s, marks=() if s in QUICK else pytest.mark.slow) for s in SHARINGS],
    ids=[f"{s.conv}-{s.norm}-{s.classifier}" for s in SHARINGS],
)
PIXELS = torch.randn(6, 3, 8, 8, generator=torch.Generator().manual_seed(0))
EQUAL = (3,) * 5
ARCHS = [EQUAL, (0, 1, 2, 3, 4), (7, 6, 6, 1, 1), (2, 5, 0, 0, 7)]


def supernet(sharing=NatsSssNet(), norm=AFFINE, divisor=4):  # noqa: B008  frozen
    construct = replace(sharing, resolution=8, divisor=divisor)
    built = build_supernet(construct, SPACE, norm, channels=3, classes=10, seed=0)
    with torch.no_grad():
        for name, values in built.named_parameters():
            if "norm." in name:  # ones and zeros would hide which copy was taken
                values.add_(torch.rand(values.shape, generator=torch.Generator().manual_seed(len(name))))
    return built


def unit(before, after, kernel=3, stride=1):
    conv = nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(after, track_running_stats=False))


class PlainCell(nn.Module):
    def __init__(self, before, after):
        super().__init__()
        self.e01, self.e02 = unit(before, after), unit(before, after)
        self.e12, self.e13, self.e23 = unit(after, after), unit(after, after), unit(after, after)
        self.e03 = nn.Identity() if before == after else unit(before, after, 1)

    def forward(self, x):
        relu = functional.relu
        one = self.e01(relu(x))
        two = self.e02(relu(x)) + self.e12(relu(one))
        return self.e03(x) + self.e13(relu(one)) + self.e23(relu(two))


class PlainReduction(nn.Module):
    def __init__(self, before, after):
        super().__init__()
        self.a, self.b = unit(before, after, 3, 2), unit(after, after)
        self.down = nn.Conv2d(before, after, 1, bias=False)

    def forward(self, x):
        main = self.b(functional.relu(self.a(functional.relu(x))))
        return main + self.down(functional.avg_pool2d(x, 2, 2))


class Plain(nn.Module):
    """A network of the benchmark, written without the supernet's layers."""

    def __init__(self, widths, classes=10):
        super().__init__()
        a, b, c, d, e = widths
        self.stem = unit(3, a)
        self.layers = nn.Sequential(
            PlainCell(a, a), PlainReduction(a, b), PlainCell(b, c), PlainReduction(c, d), PlainCell(d, e)
        )
        self.bn = nn.BatchNorm2d(e, track_running_stats=False)
        self.fc = nn.Linear(e, classes)

    def forward(self, x):
        x = self.layers(self.stem(x))
        return self.fc(functional.relu(self.bn(x)).mean(dim=(2, 3)))


def copy_of(sharing, before, after, copies):
    """Return the copy that the definition names, written out on its own."""
    return {
        "full": lambda: copies["any-any"],
        "front": lambda: copies[f"{before}-any"],
        "end": lambda: copies[f"any-{after}"],
        "independent": lambda: copies[f"{before}-{after}"],
    }[sharing]()


def stand_alone(shared, sharing, arch, divisor=4):
    """Return the network of an architecture with the supernet's weights copied by the definition of the sharing."""
    widths = [8 * (gene + 1) // divisor for gene in arch]
    plain = Plain(widths)

    def fill(conv, source):
        after, before = conv.weight.shape[:2]
        conv.weight.copy_(copy_of(sharing.conv, before, after, source.copies).weight[:after, :before])

    def fill_norm(norm, before, source):
        after = norm.num_features
        taken = copy_of(sharing.norm, before, after, source.copies)
        norm.weight.copy_(taken.weight[:after])
        norm.bias.copy_(taken.bias[:after])

    def both(sequential, source):
        fill(sequential[0], source.conv)
        fill_norm(sequential[1], sequential[0].in_channels, source.norm)

    with torch.no_grad():
        both(plain.stem, shared.stem)
        for own, source in zip(plain.layers, shared.layers, strict=True):
            if isinstance(own, PlainReduction):
                both(own.a, source.first)
                both(own.b, source.second)
                fill(own.down, source.shortcut)
                continue
            both(own.e01, source.from_input[0])
            both(own.e02, source.from_input[1])
            for edge in ("1-2", "1-3", "2-3"):
                both(getattr(own, f"e{edge.replace('-', '')}"), source.from_node[edge])
            if isinstance(own.e03, nn.Sequential):
                both(own.e03, source.skip)
        fill_norm(plain.bn, widths[-1], shared.last_norm)
        last = shared.classifier.copies
        fc = last["any-any"] if sharing.classifier == "full" else last[f"{widths[-1]}-any"]
        plain.fc.weight.copy_(fc.weight[:, : widths[-1]])
        plain.fc.bias.copy_(fc.bias)
    return plain


@pytest.mark.quick_cases(0)
@MODES
def test_a_sub_network_is_the_plain_network_with_its_weights(sharing):
    shared = supernet(sharing)
    for arch in ARCHS:
        torch.testing.assert_close(
            shared(PIXELS, arch), stand_alone(shared, sharing, arch)(PIXELS), rtol=1e-4, atol=1e-5
        )


def test_a_plain_network_has_the_parameters_that_the_space_counts():
    counted = SPACE.costs(np.array(ARCHS, dtype=np.int8))["params"]
    for arch, params in zip(ARCHS, counted, strict=True):
        assert sum(p.numel() for p in Plain([8 * (gene + 1) for gene in arch]).parameters()) == params


def test_with_doubling_widths_a_sub_network_is_one_of_the_nas_bench_201_supernet():
    arch = SPACE.parse("8:16:16:32:32")
    shared = supernet(divisor=2)
    cells = NB201Net(cells=1, width=4, resolution=8, reduction="residual")
    other = build_supernet(cells, NB201(), AFFINE, channels=3, classes=10, seed=0)
    plain = stand_alone(shared, NatsSssNet(), arch, divisor=2)

    def both(unit, taken):
        unit.conv.weight.copy_(taken[0].weight)
        unit.norm.weight.copy_(taken[1].weight)
        unit.norm.bias.copy_(taken[1].bias)

    with torch.no_grad():
        both(other.stem, plain.stem)
        for stage, layer in enumerate((0, 2, 4)):
            for edge, own in enumerate(("e01", "e02", "e12", "", "e13", "e23")):
                if own:
                    both(other.stages[stage][0].operations[f"{edge}/3"], getattr(plain.layers[layer], own))
        for place, layer in enumerate((1, 3)):
            both(other.reductions[place].first, plain.layers[layer].a)
            both(other.reductions[place].second, plain.layers[layer].b)
            other.reductions[place].shortcut.weight.copy_(plain.layers[layer].down.weight)
        other.last_norm.weight.copy_(plain.bn.weight)
        other.last_norm.bias.copy_(plain.bn.bias)
        other.classifier.load_state_dict(plain.fc.state_dict())
    torch.testing.assert_close(shared(PIXELS, arch), other(PIXELS, NB201().parse(CELL)), rtol=1e-4, atol=1e-5)


def used(shared, arch):
    """Return which weights reach the logits of an architecture, by parameter name."""
    shared.zero_grad()
    (shared(PIXELS, arch) * torch.randn(6, 10, generator=torch.Generator().manual_seed(1))).sum().backward()
    return {
        name: (p.grad != 0) if p.grad is not None else torch.zeros_like(p, dtype=torch.bool)
        for name, p in shared.named_parameters()
    }


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize(
    ("mode", "shares"),
    [
        ("full", [True, True, True, True]),
        ("front", [True, True, False, False]),
        ("end", [True, False, True, False]),
        ("independent", [True, False, False, False]),
    ],
)
def test_two_networks_share_a_convolution_as_the_definition_says(mode, shares):
    """The first convolution of the second cell, from layer 2 to layer 3: equal, other out, other in, both other."""
    shared = supernet(NatsSssNet(conv=mode, norm=mode))
    own = used(shared, (3, 3, 3, 3, 3))
    others = ((0, 3, 3, 0, 0), (0, 3, 5, 0, 0), (0, 5, 3, 0, 0), (0, 5, 5, 0, 0))
    for other, expected in zip(others, shares, strict=True):
        theirs = used(shared, other)
        both = [
            bool((own[name] & theirs[name]).any())
            for name in own
            if name.startswith("layers.2.from_input.0.") and name.endswith("weight")
        ]
        assert any(both) == expected, other


@pytest.mark.slow
@MODES
def test_what_architectures_share_from_the_stem_on_changes_no_bit(sharing):
    shared = supernet(sharing).eval()
    asked = sorted({*ARCHS, (3, 3, 3, 3, 4), (3, 3, 1, 3, 4)})
    with torch.inference_mode():
        alone = {arch: shared(PIXELS, arch) for arch in asked}
        for order in (asked, asked[::-1]):
            ask = shared.on_images(PIXELS)
            for arch in order:
                assert torch.equal(ask(arch), alone[arch])


@pytest.mark.slow
def test_every_path_moves_the_tracked_statistics():
    one, other = (supernet(norm=Tracked()).train() for _ in range(2))
    ask = one.on_images(PIXELS)
    for arch in ARCHS[:2] * 2:
        ask(arch)
        other(PIXELS, arch)
    for name, value in one.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name


@pytest.mark.slow
def test_recalibrated_statistics_are_those_of_the_architecture():
    shared = supernet(norm=Recalibrated(images=6, affine=True)).eval()
    for arch in ARCHS[1:3]:
        plain = stand_alone(shared, NatsSssNet(), arch)
        for layer in plain.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.running_mean, layer.running_var = torch.zeros(layer.num_features), torch.ones(layer.num_features)
                layer.track_running_stats, layer.momentum = True, 1.0
        plain.train()(PIXELS)
        with recalibrated(shared, arch, [PIXELS]):
            torch.testing.assert_close(shared(PIXELS[:2], arch), plain.eval()(PIXELS[:2]), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("norm", "construct", "message"),
    [
        (BatchStatistics(affine=True, per_inputs=True), NatsSssNet(), "per_inputs is True, but every network"),
        (BatchStatistics(), NatsSssNet(norm="end"), r"nats-sss-net\.norm is 'end', but this norm has nothing to share"),
        (AFFINE, NatsSssNet(resolution=10), r"nats-sss-net\.resolution is 10; allowed: a multiple of 4"),
    ],
)
def test_settings_that_make_no_sense_together_are_refused(norm, construct, message):
    sized = replace(construct, divisor=8, resolution=8 if construct.resolution is OPEN else construct.resolution)
    with pytest.raises(RecipeError, match=message):
        build_supernet(sized, SPACE, norm, channels=3, classes=10, seed=0)


def test_a_divisor_that_leaves_half_a_channel_is_refused():
    with pytest.raises(RecipeError, match=r"nats-sss-net\.divisor is 3; allowed: 1, 2, 4 or 8"):
        supernet(divisor=3)


def test_a_channel_supernet_takes_no_mixture_and_no_architecture_per_cell():
    for choice in (Mixture(torch.ones(5, 8)), PerCell((EQUAL,))):
        with pytest.raises(RecipeError, match=f"takes one architecture, not a {type(choice).__name__}"):
            supernet()(PIXELS, choice)
