"""The ShuffleNet supernet: every sub-network is the plain network of the published code, with slices where scaled."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from bench.errors import RecipeError
from bench.rng import stream
from bench.spaces.shufflenet import IMAGENET, SCALES, Shufflenet, network_costs
from bench.spaces.shufflenet_scales import ShufflenetScales
from bench.supernets import build_supernet
from bench.supernets.layers.norm_layer import recalibrated
from bench.supernets.norms.batch_statistics import BatchStatistics
from bench.supernets.norms.recalibrated import Recalibrated
from bench.supernets.norms.tracked import Tracked
from bench.supernets.shufflenet import ShufflenetNet
from bench.supernets.shufflenet_scales import ShufflenetScalesNet
from bench.types import Mixture, PerCell

SMALL = {"stem": 4, "widths": (8, 12, 16, 20), "strides": (1, 2, 2, 1), "stem_stride": 1, "head": 24, "resolution": 16}
OTHER = {**SMALL, "stem_stride": 2, "strides": (2, 1, 2, 2)}
SPACES = (Shufflenet(), ShufflenetScales())
BOTH = pytest.mark.parametrize("space", SPACES, ids=["blocks", "scales"])
PIXELS = torch.randn(6, 3, 16, 16, generator=torch.Generator().manual_seed(0))


def supernet(space, sizes=SMALL, norm=BatchStatistics(affine=True), classes=10):  # noqa: B008  frozen
    kind = ShufflenetScalesNet if space.decisions > 20 else ShufflenetNet
    built = build_supernet(kind(**sizes), space, norm, channels=3, classes=classes, seed=0)
    with torch.no_grad():
        for name, values in built.named_parameters():
            if "norm" in name:  # ones and zeros would hide which channels were taken
                values.add_(torch.rand(values.shape, generator=torch.Generator().manual_seed(len(name))))
    return built


def archs(space, count):
    return [tuple(int(g) for g in arch) for arch in space.sample(stream(0, "archs"), count)]


def conv(before, after, kernel=1, stride=1, groups=1):
    return nn.Conv2d(before, after, kernel, stride, kernel // 2, groups=groups, bias=False)


def norm(channels):
    return nn.BatchNorm2d(channels, track_running_stats=False)


class PlainBlock(nn.Module):
    """A block as the published code builds it: branches of plain layers, in order."""

    def __init__(self, before, after, middle, kernel, stride, xception, shuffles):
        super().__init__()
        entering = before // 2 if shuffles else before
        leaving = after - entering
        if xception:
            layers = [
                *(conv(entering, entering, 3, stride, entering), norm(entering)),
                *(conv(entering, middle), norm(middle), nn.ReLU()),
                *(conv(middle, middle, 3, 1, middle), norm(middle), conv(middle, middle), norm(middle), nn.ReLU()),
                *(conv(middle, middle, 3, 1, middle), norm(middle), conv(middle, leaving), norm(leaving), nn.ReLU()),
            ]
        else:
            layers = [
                *(conv(entering, middle), norm(middle), nn.ReLU()),
                *(conv(middle, middle, kernel, stride, middle), norm(middle)),
                *(conv(middle, leaving), norm(leaving), nn.ReLU()),
            ]
        self.main, self.shuffles = nn.Sequential(*layers), shuffles
        if not shuffles:
            self.projection = nn.Sequential(
                *(conv(entering, entering, kernel, stride, entering), norm(entering)),
                *(conv(entering, entering), norm(entering), nn.ReLU()),
            )

    def forward(self, x):
        if not self.shuffles:
            return torch.cat((self.projection(x), self.main(x)), 1)
        batch, channels, height, width = x.shape
        x = x.reshape(batch * channels // 2, 2, height * width).permute(1, 0, 2)
        x = x.reshape(2, -1, channels // 2, height, width)
        return torch.cat((x[0], self.main(x[1])), 1)


class PlainNetwork(nn.Module):
    """The stand-alone network of blocks and scales (in units of 1) at some widths and strides."""

    def __init__(self, blocks, scales, stem, widths, strides, stem_stride, head, classes, resolution=0):
        super().__init__()
        layers = [conv(3, stem, 3, stem_stride), norm(stem), nn.ReLU()]
        before, choices = stem, iter(zip(blocks, scales, strict=True))
        for depth, after, stride in zip((4, 4, 8, 4), widths, strides, strict=True):
            for place in range(depth):
                choice, scale = next(choices)
                kernel = (3, 5, 7, 3)[choice]
                middle = max(1, int(after // 2 * scale + 1e-9))  # the smallest networks of tests have half a channel
                layers.append(
                    PlainBlock(before, after, middle, kernel, 1 if place else stride, choice == 3, shuffles=place > 0)
                )
                before = after
        self.features = nn.Sequential(*layers, conv(before, head), norm(head), nn.ReLU())
        self.classifier = nn.Linear(head, classes, bias=False)

    def forward(self, x):
        return self.classifier(self.features(x).mean(dim=(2, 3)))


def plain(space, arch, sizes, classes=10):
    blocks, scales = (half[0].tolist() for half in space.halves(np.array([arch], dtype=np.int8)))
    return PlainNetwork(blocks, [SCALES[scale] / 10 for scale in scales], **sizes, classes=classes)


def filled(network, shared, space, arch):
    """Return the plain network with the supernet's weights, taken in the order of its layers."""

    def parts():
        yield shared.stem, shared.stem_norm
        for place, blocks in enumerate(shared.blocks):
            block = blocks[arch[place]]
            if block.xception:
                names = ("enter", "widen", "depthwise", "pointwise_2", "depthwise_2", "leave")
            else:
                names = ("widen", "depthwise", "leave")
            first = ("other_depthwise", "other_pointwise") if place in (0, 4, 8, 16) else ()
            for name in (*names, *first):
                layer = getattr(block, name)
                yield layer, layer.norm
        yield shared.head, shared.head.norm

    theirs = parts()
    with torch.no_grad():
        for layer in network.features.modules():
            if isinstance(layer, nn.Conv2d):
                source, source_norm = next(theirs)
                after, before = layer.weight.shape[:2]
                layer.weight.copy_(source.weight[:after, :before])
            elif isinstance(layer, nn.BatchNorm2d):
                layer.weight.copy_(source_norm.weight[: layer.num_features])
                layer.bias.copy_(source_norm.bias[: layer.num_features])
        network.classifier.weight.copy_(shared.classifier.weight)
    assert next(theirs, None) is None
    return network


@pytest.mark.quick_cases(0)
@BOTH
@pytest.mark.parametrize("sizes", [SMALL, OTHER], ids=["16x16", "8x8"])
def test_a_sub_network_is_the_plain_network_with_its_weights(space, sizes):
    shared, pixels = supernet(space, sizes).eval().double(), PIXELS.double()
    for arch in (*archs(space, 2), *map(tuple, space.extremes().tolist())):
        network = filled(plain(space, arch, sizes).double(), shared, space, arch)
        torch.testing.assert_close(shared(pixels, arch), network(pixels), rtol=1e-7, atol=1e-9)


@BOTH
def test_the_plain_network_has_the_parameters_that_are_counted(space):
    sizes = IMAGENET._asdict()
    genes = space.sample(stream(0, "archs"), 1)
    with torch.device("meta"):
        network = plain(space, tuple(genes[0].tolist()), {k: v for k, v in sizes.items() if k != "classes"}, 1000)
    params = sum(values.numel() for values in network.parameters())
    assert params == network_costs(*space.halves(genes), IMAGENET)[0][0]


@pytest.mark.slow
def test_the_gradients_are_those_of_the_plain_network():
    space = SPACES[1]
    shared, [arch] = supernet(space).eval(), archs(space, 1)
    network = filled(plain(space, arch, SMALL), shared, space, arch)
    for each in (shared(PIXELS, arch), network(PIXELS)):
        functional.cross_entropy(each, torch.arange(6)).backward()
    torch.testing.assert_close(shared.stem.weight.grad, network.features[0].weight.grad, rtol=1e-3, atol=1e-5)
    theirs, ours = network.features[3].main[0].weight.grad, shared.blocks[0][arch[0]]
    if arch[0] != 3:
        middle = len(theirs)
        torch.testing.assert_close(ours.widen.weight.grad[:middle], theirs, rtol=1e-3, atol=1e-5)
        assert not ours.widen.weight.grad[middle:].any()


@pytest.mark.slow
def test_channels_beyond_the_scale_influence_nothing():
    """As they would by a stand-alone network of a narrow architecture, whose module has them too."""
    space = SPACES[1]
    arch = archs(space, 1)[0][:20] + (1,) * 20
    whole, torn = supernet(space).eval(), supernet(space).eval()
    with torch.no_grad():
        for place, blocks in enumerate(torn.blocks):
            middle = torn.places[place].middle(SCALES[1])
            for name in ("widen", "depthwise", "pointwise_2", "depthwise_2"):
                if hasattr(blocks[arch[place]], name):
                    layer = getattr(blocks[arch[place]], name)
                    for values in (layer.weight, layer.norm.weight, layer.norm.bias):
                        values[middle:] = torch.nan
            blocks[arch[place]].leave.weight[:, middle:] = torch.nan
    assert torch.equal(whole(PIXELS, arch), torn(PIXELS, arch))
    torn(PIXELS, arch).square().sum().backward()
    assert torn.stem.weight.grad.isfinite().all()


@pytest.mark.slow
@BOTH
def test_what_architectures_share_from_the_stem_on_changes_no_bit(space):
    shared = supernet(space).eval()
    first = archs(space, 1)[0]
    asked = sorted([*archs(space, 4), first[:12] + (0,) * 8 + first[20:], (*first[:-1], (first[-1] + 1) % 4)])
    with torch.inference_mode():
        alone = {arch: shared(PIXELS, arch) for arch in asked}
        for order in (asked, asked[::-1]):
            ask = shared.on_images(PIXELS)
            for arch in order:
                assert torch.equal(ask(arch), alone[arch])


@BOTH
def test_leading_blocks_that_two_architectures_share_run_once(space, monkeypatch):
    shared = supernet(space).eval()
    first = archs(space, 1)[0]
    calls = []
    block = type(shared.blocks[0][0])
    run = block.forward
    monkeypatch.setattr(block, "forward", lambda self, *given: calls.append(self) or run(self, *given))
    ask = shared.on_images(PIXELS)
    ask(first)
    ask((*first[:15], (first[15] + 1) % 4, *first[16:]))
    assert len(calls) == 20 + 5
    if space.decisions > 20:
        ask((*first[:15], (first[15] + 1) % 4, *first[16:39], (first[39] + 1) % 8))
        assert len(calls) == 20 + 5 + 1, "only the width of the last block differs"


def test_dropout_is_drawn_from_the_training_stream_and_off_in_prediction():
    shared, [arch] = supernet(SPACES[0]), archs(SPACES[0], 1)
    shared.rng = stream(0, "dropout")
    first, second = shared.train()(PIXELS, arch), shared(PIXELS, arch)
    shared.rng = stream(0, "dropout")
    assert torch.equal(first, shared(PIXELS, arch))
    assert not torch.equal(first, second)
    assert torch.equal(shared.eval()(PIXELS, arch), shared(PIXELS, arch))


def test_narrow_blocks_track_only_their_own_channels():
    space = SPACES[1]
    shared = supernet(space, norm=Tracked()).train()
    shared.rng = stream(0, "dropout")
    shared(PIXELS, (0,) * 40)  # a fifth of 4 channels in the first stage: none; of 6: 1
    last = shared.blocks[5][0].widen.norm
    assert (last.running_mean[:1] != 0).all()
    assert (last.running_mean[1:] == 0).all()


def test_recalibrated_statistics_are_those_of_the_architecture():
    space = SPACES[1]
    shared, [arch] = supernet(space, norm=Recalibrated(images=6, affine=True)).eval(), archs(space, 1)
    network = filled(plain(space, arch, SMALL), shared, space, arch)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean, layer.running_var = torch.zeros(layer.num_features), torch.ones(layer.num_features)
            layer.track_running_stats, layer.momentum = True, 1.0
    network.train()(PIXELS)
    with recalibrated(shared, arch, [PIXELS]):
        torch.testing.assert_close(shared(PIXELS[:2], arch), network.eval()(PIXELS[:2]), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"widths": (8, 12, 16)}, r"shufflenet-net\.widths is \(8, 12, 16\); allowed: 4 multiples of 4"),
        ({"widths": (8, 12, 18, 20)}, r"shufflenet-net\.widths is .*; allowed: 4 multiples of 4"),
        ({"stem": 8}, r"shufflenet-net\.stem is 8 and widths .*; allowed: each stage wider than what is before it"),
        ({"strides": (1, 2, 3, 1)}, r"shufflenet-net\.strides is \(1, 2, 3, 1\); allowed: 4 of 1 and 2"),
        ({"stem_stride": 3}, r"shufflenet-net\.stem_stride is 3; allowed: 1 or 2"),
    ],
)
def test_sizes_that_no_network_has_are_refused(changes, message):
    with pytest.raises(RecipeError, match=message):
        supernet(SPACES[0], SMALL | changes)


def test_norms_per_inputs_mixtures_and_architectures_per_cell_are_refused():
    with pytest.raises(RecipeError, match="per_inputs is True, but a chain of blocks has no edges"):
        supernet(SPACES[0], norm=BatchStatistics(affine=True, per_inputs=True))
    for choice in (Mixture(torch.ones(20, 4)), PerCell(((0,) * 20,))):
        with pytest.raises(RecipeError, match=f"takes one architecture, not a {type(choice).__name__}"):
            supernet(SPACES[0])(PIXELS, choice)


@pytest.mark.slow
def test_weights_are_drawn_with_the_deviations_of_the_published_code():
    shared = build_supernet(ShufflenetNet(**{**SMALL, "widths": (64, 160, 320, 640), "stem": 16}), SPACES[0],
                            replace(BatchStatistics()), channels=3, classes=10, seed=0)  # fmt: skip
    block = shared.blocks[-1][0]
    for weight, expected in (
        *((shared.stem.weight, 0.01), (shared.classifier.weight, 0.01), (block.widen.weight, 1 / 320)),
        *((block.depthwise.weight, 1.0), (block.leave.weight, 1 / 320)),
    ):
        assert weight.std().item() == pytest.approx(expected, rel=0.15)
