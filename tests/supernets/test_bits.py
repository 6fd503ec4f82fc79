"""The mixed-precision supernet: every sub-network is a plain quantized network with its weights."""

from itertools import product

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from bench.errors import RecipeError
from bench.optimize.optimizers.sgd import SGD
from bench.rng import stream
from bench.spaces.bits import BITS, WIDTHS, Bits
from bench.supernets import build_supernet
from bench.supernets.bits import BitsNet
from bench.supernets.norms.batch_statistics import BatchStatistics
from bench.supernets.norms.tracked import Tracked
from bench.types import Mixture, PerCell

SPACE = Bits()
AFFINE = BatchStatistics(affine=True)
PIXELS = torch.randn(6, 3, 8, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
"""Double precision: in single, a rounding error would sometimes move an activation to the next level."""
STAGES = {"resnet-20": (3, 3, 3), "resnet-18": (2, 2, 2, 2)}


def supernet(norm=AFFINE, *, space=SPACE, width=4, resolution=8, **settings):
    construct = BitsNet(width=width, resolution=resolution, **settings)
    built = build_supernet(construct, space, norm, channels=3, classes=10, seed=0).double()
    with torch.no_grad():
        for name, values in built.named_parameters():
            if "norm" in name or "clips" in name:  # equal ones would hide which was taken
                values.add_(torch.rand(values.shape, generator=torch.Generator().manual_seed(len(name)), dtype=float))
        for number, block in enumerate(built.blocks):
            for conv in (block.first, block.second):
                for place, clip in enumerate(conv.clips.values()):
                    clip.add_(0.1 * number + 0.3 * place)
    return built


def archs(count, space=SPACE, seed=0):
    return [tuple(int(g) for g in arch) for arch in space.sample(stream(seed, "archs"), count)]


def levels(values, bits):
    """Return values from 0 to 1 at the nearest level, written out."""
    grid = torch.arange(2**bits, dtype=values.dtype) / (2**bits - 1)
    return grid[(values[..., None] - grid).abs().argmin(dim=-1)]


class PlainConv(nn.Module):
    """A quantized convolution of one pair of bits, written without the supernet's layers; gradients are not needed."""

    def __init__(self, before, after, kernel, stride, bits):
        super().__init__()
        self.conv = nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(after, track_running_stats=False)
        self.clip = nn.Parameter(torch.zeros(()))
        self.bits = bits

    def forward(self, x):
        of_weights, of_activations = self.bits
        x = self.clip * levels(torch.clamp(x, torch.tensor(0.0), self.clip) / self.clip, of_activations)
        w = self.conv.weight
        if of_weights == 1:
            w = w.sign() * w.abs().mean()
        else:
            t = torch.tanh(w)
            w = 2 * levels(t / (2 * t.abs().max()) + 0.5, of_weights) - 1
        return self.norm(functional.conv2d(x, w, stride=self.conv.stride, padding=self.conv.padding))


class PlainBlock(nn.Module):
    def __init__(self, before, middle, after, stride, bits):
        super().__init__()
        self.first = PlainConv(before, middle, 3, stride, bits)
        self.second = PlainConv(middle, after, 3, 1, bits)
        self.shortcut = PlainConv(before, after, 1, stride, bits) if stride > 1 else None

    def forward(self, x):
        return torch.relu(self.second(self.first(x)) + (self.shortcut(x) if self.shortcut else x))


class PlainNetwork(nn.Module):
    """A stand-alone network of an architecture; `text` is its string."""

    def __init__(self, text, stages, width, classes=10):
        super().__init__()
        imagenet = len(stages) == 4
        kernel, stride = (7, 2) if imagenet else (3, 1)
        self.stem = nn.Conv2d(3, width, kernel, stride, kernel // 2, bias=False)
        self.stem_norm = nn.BatchNorm2d(width, track_running_stats=False)
        self.pool = nn.MaxPool2d(3, 2, 1) if imagenet else nn.Identity()
        self.blocks, before = nn.Sequential(), width
        starts = {sum(stages[:stage]): stage for stage in range(len(stages))}
        after, stride = width, 1
        for number, part in enumerate(text.split("-")):
            stride = 2 if starts.get(number) else 1
            after *= stride
            middle = round(float(part[5:]) * after)
            self.blocks.append(PlainBlock(before, middle, after, stride, (int(part[1]), int(part[3]))))
            before = after
        self.fc = nn.Linear(before, classes)

    def forward(self, x):
        x = self.blocks(self.pool(torch.relu(self.stem_norm(self.stem(x)))))
        return self.fc(x.mean(dim=(2, 3)))


def stand_alone(shared, text, stages=(3, 3, 3), width=4, clips="per-bits"):
    """Return the plain network of an architecture with the supernet's weights copied."""
    plain = PlainNetwork(text, stages, width).double()
    own, theirs = plain.state_dict(), shared.state_dict()
    for name in own:
        if ".clip" in name:
            parts = name.split(".")
            bits = text.split("-")[int(parts[1])][3]
            own[name] = theirs[f"{name}s.{bits if clips == 'per-bits' else 'all'}"]
            continue
        source = theirs[name.replace("fc.", "classifier.").replace("conv.weight", "weight")]
        own[name] = source[tuple(slice(0, size) for size in own[name].shape)]
    plain.load_state_dict(own)
    return plain


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize(("bits", "width"), list(product(range(len(BITS)), range(len(WIDTHS)))))
def test_a_uniform_sub_network_is_the_plain_network_with_its_weights(bits, width):
    shared, arch = supernet(), (bits, width) * 9
    torch.testing.assert_close(shared(PIXELS, arch), stand_alone(shared, SPACE.spell(arch))(PIXELS))


@pytest.mark.quick_cases(0)
@pytest.mark.parametrize("clips", ["per-bits", "shared"])
def test_a_mixed_sub_network_is_the_plain_network_with_its_weights(clips):
    shared = supernet(clips=clips)
    for arch in archs(2):
        plain = stand_alone(shared, SPACE.spell(arch), clips=clips)
        torch.testing.assert_close(shared(PIXELS, arch), plain(PIXELS))


def test_the_networks_for_imagenet_are_plain_ones_too():
    space = Bits(network="resnet-18")
    shared = supernet(space=space, resolution=32)
    pixels = torch.randn(3, 3, 32, 32, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for arch in archs(2, space):
        plain = stand_alone(shared, space.spell(arch), STAGES["resnet-18"])
        torch.testing.assert_close(shared(pixels, arch), plain(pixels))


def test_a_sub_network_has_the_parameters_that_the_space_counts():
    counted = SPACE.costs(np.array(archs(4), dtype=np.int8))["params"]
    for arch, params in zip(archs(4), counted, strict=True):
        plain = PlainNetwork(SPACE.spell(arch), (3, 3, 3), SPACE.layout.width)
        assert sum(values.numel() for values in plain.parameters()) == params


@pytest.mark.slow
def test_what_architectures_share_from_the_stem_on_changes_no_bit():
    shared, one = supernet().eval(), archs(1)[0]
    asked = sorted([*archs(2), one, one[:12] + (0,) * 6, (*one[:-1], (one[-1] + 1) % 3)])
    with torch.inference_mode():
        alone = {arch: shared(PIXELS, arch) for arch in asked}
        for order in (asked, asked[::-1], asked[::2] + asked[1::2]):
            ask = shared.on_images(PIXELS)
            for arch in order:
                assert torch.equal(ask(arch), alone[arch])


def test_blocks_that_consecutive_architectures_share_run_once():
    shared, runs = supernet().eval(), []
    for number, block in enumerate(shared.blocks):
        block.register_forward_hook(lambda *_, number=number: runs.append(number))
    ask = shared.on_images(PIXELS)
    ask((0, 0) * 9)
    ask((0, 0) * 7 + (1, 0) + (0, 0))
    ask((0, 0) * 7 + (1, 0) + (0, 1))
    assert runs == [*range(9), 7, 8, 8]


@pytest.mark.slow
def test_gradients_through_the_shared_prefix_are_those_of_each_path_alone():
    shared, one = supernet(), archs(1)[0]
    paths = [one, one[:10] + (5, 2) * 4, one[:3] + (0,) * 15]
    ask = shared.on_images(PIXELS)
    sum(ask(arch).square().sum() for arch in paths).backward()
    together = {name: values.grad.clone() for name, values in shared.named_parameters() if values.grad is not None}
    shared.zero_grad()
    for arch in paths:
        shared(PIXELS, arch).square().sum().backward()
    one_by_one = {name: values.grad for name, values in shared.named_parameters() if values.grad is not None}
    assert len(one_by_one) > 60
    torch.testing.assert_close(together, one_by_one)


def test_an_update_moves_the_clipping_values_of_its_bits_alone_and_decays_them_like_every_weight():
    shared = supernet()
    arch = (BITS.index((2, 4)), 1) * 9
    conv = shared.blocks[4].second
    before = {bits: clip.item() for bits, clip in conv.clips.items()}
    optimizer = SGD(rate=0.1, momentum=0.0, nesterov=False, weight_decay=0.5)
    stepping = optimizer.build(shared)
    shared(PIXELS, arch).square().mean().backward()
    gradient = conv.clips["4"].grad.item()
    optimizer.step(stepping)
    assert conv.clips["2"].item() == before["2"]
    assert conv.clips["4"].item() == pytest.approx(before["4"] - 0.1 * (gradient + 0.5 * before["4"]))


def test_both_weight_bit_widths_train_one_float_weight():
    shared = supernet()
    for bits in ((1, 2), (4, 4)):
        shared.zero_grad()
        shared(PIXELS, (BITS.index(bits), 0) * 9).square().sum().backward()
        gradient = shared.blocks[8].first.weight.grad
        used = (gradient != 0).any(dim=(1, 2, 3))
        assert used.tolist() == [True] * 8 + [False] * 16, "half of the block's 16 channels, of at most 24"


def test_tracked_statistics_are_sliced_like_the_weights():
    shared = supernet(Tracked())
    shared.train()(PIXELS, (0, 0) * 9)
    layer = shared.blocks[0].first.norm
    assert (layer.running_mean[:2] != 0).all()
    assert (layer.running_mean[2:] == 0).all()


@pytest.mark.parametrize(
    ("norm", "settings", "message"),
    [
        (AFFINE, {"resolution": 10}, "bits-net.resolution is 10; allowed: a multiple of 4, to which resnet-20"),
        (AFFINE, {"width": 5}, "bits-net.width is 5; allowed: an even number"),
        (BatchStatistics(affine=True, per_inputs=True), {}, "batch-statistics.per_inputs is True, but this space"),
        (
            AFFINE,
            {"space": Bits(network="resnet-34")},
            "resolution is 8; allowed: a multiple of 32, to which",
        ),
    ],
)
def test_settings_that_make_no_sense_together_are_refused(norm, settings, message):
    with pytest.raises(RecipeError, match=message):
        supernet(norm, **settings)


def test_a_mixed_precision_supernet_takes_no_mixture_and_no_architecture_per_cell():
    for choice in (Mixture(torch.ones(18, 6)), PerCell(((0,) * 18,))):
        with pytest.raises(RecipeError, match=f"takes one architecture, not a {type(choice).__name__}"):
            supernet()(PIXELS, choice)
